import type { StreamOutgoing } from '@parley/bus';
import {
  type Failure,
  type HandoffRequest,
  type HumanRequest,
  headersOf,
  INLINE_BYTES,
  type Json,
  partitionOf,
  TaskReport,
  type UsageTotals,
} from '@parley/contracts';
import type { Blobs } from './blobs.ts';
import type { AwardBody } from './work.ts';

/** How an attempt ends, as far as the run is concerned. */
export type Outcome =
  | { readonly kind: 'result'; readonly output: Json }
  | { readonly kind: 'failed'; readonly error: Failure }
  | { readonly kind: 'parked'; readonly reason: string }
  | ({ readonly kind: 'handoff' } & HandoffRequest)
  | { readonly kind: 'ask'; readonly request: HumanRequest };

export interface Reporter {
  readonly ns: string;
  readonly agent: string;
  readonly instance: string;
  readonly source: string;
  readonly blobs: Blobs;
  now(): number;
}

/** The report that closes an attempt. Its id is the lease token and the kind: another holder's report never hides it. */
export async function reportOf(
  from: Reporter,
  award: AwardBody,
  outcome: Outcome,
  usage: UsageTotals,
  traceparent: string | undefined,
): Promise<StreamOutgoing> {
  const { run, task, attempt, epoch, token } = award;
  const { ns, agent, instance } = from;
  const common = { task, attempt, epoch, instance, token, usage };
  let payload =
    outcome.kind === 'result'
      ? TaskReport.encodeTyped({ ...common, ...outcome })
      : TaskReport.encode({ ...common, ...outcome });
  if (payload.length > INLINE_BYTES && outcome.kind === 'result') {
    payload = TaskReport.encodeTyped({ ...common, kind: 'result', output: await from.blobs.spill(outcome.output) });
  }
  if (payload.length > INLINE_BYTES && outcome.kind === 'handoff' && outcome.input !== undefined) {
    payload = TaskReport.encode({ ...common, ...outcome, input: await from.blobs.spill(outcome.input) });
  }
  const id = `${token}.${outcome.kind}`;
  return {
    subject: TaskReport.toSubject({ ns, partition: partitionOf(run), agent, runId: run }),
    payload,
    id,
    headers: headersOf(
      TaskReport,
      { id, source: from.source, traceparent, conversation: run, epoch, attempt },
      from.now(),
    ),
  };
}

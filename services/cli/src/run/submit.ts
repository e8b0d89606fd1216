import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { type Bus, BusError, composeStored } from '@parley/bus';
import { decodeJson, HEADER, type Json, type Limits, type Problem, runIdOfKey, RunSubmission } from '@parley/contracts';
import {
  GenAi,
  GenAiOperation,
  newTraceparent,
  Parley,
  SpanKind,
  spanName,
  traceparentOf,
  withSpan,
} from '@parley/tracing';

export interface Submission {
  readonly namespace: string;
  readonly workflow: string;
  /** A registered version; the newest when left out. */
  readonly version?: number | undefined;
  readonly input: Json;
  /** The same key is the same run; a new one when left out. */
  readonly key?: string | undefined;
  readonly limits?: Limits;
  /** Who starts it; may then not approve it where approvers are listed. */
  readonly by?: string;
}

export interface Submitted {
  readonly runId: string;
  /** False when nobody has taken it up in time: it is stored, and starts when a conductor is there. */
  readonly accepted: boolean;
}

/**
 * Stores a submission and waits until the conductor has taken it up. The trace of the run begins here. Throws `BusError` `answered_error`
 * with the reason when it was refused.
 */
export async function submitRun(bus: Bus, submission: Submission, acceptMs = 10_000): Promise<Submitted> {
  const { namespace, workflow } = submission;
  const attributes = {
    [GenAi.OPERATION_NAME]: GenAiOperation.INVOKE_WORKFLOW,
    [GenAi.WORKFLOW_NAME]: workflow,
    [Parley.NAMESPACE]: namespace,
  };
  return await withSpan(spanName.submit(workflow), { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    const submitted = await send(bus, submission, traceparentOf(span) ?? newTraceparent(), acceptMs);
    span.setAttribute(Parley.RUN_ID, submitted.runId);
    return submitted;
  });
}

async function send(bus: Bus, submission: Submission, traceparent: string, acceptMs: number): Promise<Submitted> {
  const { namespace, workflow, version, input, limits, by = userInfo().username } = submission;
  const idempotencyKey = submission.key ?? randomUUID();
  const runId = runIdOfKey(namespace, idempotencyKey);
  const replyTo = `_INBOX.parley-cli.${randomUUID()}`;
  const answer = Promise.withResolvers<{ run: string } | { error: Problem } | undefined>();
  const inbox = await bus.subscribe(replyTo, ([message]) => {
    if (message !== undefined) answer.resolve(decodeJson(message.payload) as { run: string } | { error: Problem });
  });
  const late = setTimeout(() => answer.resolve(undefined), acceptMs);
  try {
    // The server must know the inbox before the conductor can answer to it.
    await bus.flush();
    const body = {
      input,
      idempotencyKey,
      by,
      ...(limits === undefined ? {} : { limits }),
      ...(version === undefined ? {} : { version }),
    };
    const envelope = { id: `submit-${idempotencyKey}`, source: '/cli', traceparent };
    const message = composeStored(RunSubmission, { ns: namespace, workflow }, body, envelope, bus.now());
    const { duplicate } = await bus.storeOne({
      ...message,
      headers: { ...message.headers, [HEADER.replyTo]: replyTo },
    });
    // The same submission was stored a moment ago: its answer went to whoever sent it first.
    if (duplicate) return { runId, accepted: true };
    const outcome = await answer.promise;
    if (outcome !== undefined && 'error' in outcome)
      throw new BusError('answered_error', outcome.error.message, { problem: outcome.error });
    return { runId: outcome?.run ?? runId, accepted: outcome !== undefined };
  } finally {
    clearTimeout(late);
    await inbox.stop();
  }
}

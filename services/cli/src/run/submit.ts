import { randomUUID } from 'node:crypto';
import { type Bus, BusError, composeStored } from '@parley/bus';
import { decodeJson, HEADER, type Json, type Limits, type Problem, runIdOfKey, RunSubmission } from '@parley/contracts';

export interface Submission {
  readonly namespace: string;
  readonly workflow: string;
  readonly input: Json;
  /** The same key is the same run; a new one when left out. */
  readonly key?: string | undefined;
  readonly limits?: Limits;
}

export interface Submitted {
  readonly runId: string;
  /** False when nobody has taken it up in time: it is stored, and starts when a conductor is there. */
  readonly accepted: boolean;
}

/**
 * Stores a submission and waits until the conductor has taken it up. Throws `BusError` `answered_error` with the reason when it was
 * refused.
 */
export async function submitRun(bus: Bus, submission: Submission, acceptMs = 10_000): Promise<Submitted> {
  const { namespace, workflow, input, limits } = submission;
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
    const body = { input, idempotencyKey, by: 'cli', ...(limits === undefined ? {} : { limits }) };
    const envelope = { id: `submit-${idempotencyKey}`, source: '/cli' };
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

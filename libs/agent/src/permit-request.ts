import { randomUUID } from 'node:crypto';
import type { Bus } from '@parley/bus';
import { type Body, PermitRequest } from '@parley/contracts';
import { traceHeaders } from './trace-headers.ts';
import { StopWork, TerminalError } from './errors.ts';
import { type Clocks, mark, type Mark } from './lease-clock.ts';
import { parseReply, type ReplyOf } from './parse-reply.ts';
import type { TaskMeta } from './performance.ts';
import { backoffMs, unlessAborted, wait } from './wait.ts';

type Asked = Body<typeof PermitRequest>;
type Answer = ReplyOf<typeof PermitRequest>;

export interface Grant {
  readonly permit: string;
  readonly leaseMs: number;
  /** When the granted request may first have been received: the lease is counted from here. */
  readonly asked: Mark;
}

/** Shorter than a lease: the answer to a call that nobody wants any more is waited for as long. */
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Asks the guardian until it grants, denies for good, or `signal` aborts. No guardian, no permit: this waits, it never passes.
 * Throws `TerminalError` (`budget_exhausted`, `permit_denied`) and `StopWork`: `parked` for a halt, a pause or a fence, `dropped` when a
 * higher attempt has the task, `lost` while another holder of this attempt has it. When `signal` aborts under a request, `unwanted` is given what
 * that request still brings: a grant has to be given back, or it expires and is charged.
 */
export async function requestPermit(
  { bus, clocks }: { bus: Bus; clocks: Clocks },
  task: TaskMeta,
  call: Pick<Asked, 'model' | 'bound'>,
  signal: AbortSignal,
  unwanted: (late: Promise<Grant | undefined>) => void,
): Promise<Grant> {
  const { ns, agent, run, attempt, epoch, instance } = task;
  const body: Asked = { operation: randomUUID(), run, task: task.task, attempt, epoch, instance, ...call };
  const message = {
    subject: PermitRequest.toSubject({ ns, agent }),
    payload: PermitRequest.encode(body),
    headers: traceHeaders(),
  };
  let asked: Mark | undefined;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    asked ??= mark(clocks);
    const first = asked;
    const asking = bus
      .request(message, { timeoutMs: ANSWER_TIMEOUT_MS })
      .then((reply) => parseReply(PermitRequest, reply.payload));
    let answer: Answer;
    try {
      answer = await unlessAborted(asking, signal);
    } catch (error) {
      if (signal.aborted) {
        unwanted(
          asking.then(
            (late) => (late.status === 'granted' ? grantOf(late, first) : undefined),
            () => undefined,
          ),
        );
      }
      signal.throwIfAborted();
      // Nobody heard it, so no lease can have begun.
      if (codeOf(error) === 'no_responders') asked = undefined;
      await wait(backoffMs(tries, 50, 1_000), signal);
      continue;
    }
    if (answer.status === 'granted') return grantOf(answer, asked);
    await wait(retryAfter(answer), signal);
    asked = undefined;
  }
}

const grantOf = ({ permit, leaseMs }: Granted, asked: Mark): Grant => ({ permit, leaseMs, asked });

type Granted = Extract<Answer, { status: 'granted' }>;
type Denied = Extract<Answer, { status: 'denied' }>;

/** Milliseconds after which to ask again; throws when that cannot help here. */
function retryAfter({ reason, message, retryAfterMs }: Denied): number {
  switch (reason) {
    case 'halted':
    case 'paused':
    case 'fenced':
      throw new StopWork('parked', `${reason}: ${message}`);
    case 'superseded':
      throw new StopWork('dropped', message);
    case 'busy':
      throw new StopWork('lost', message);
    case 'budget_exhausted':
      throw new TerminalError('budget_exhausted', message);
    case 'run_unknown':
    case 'unavailable':
      if (retryAfterMs === undefined) throw new TerminalError('permit_denied', `${reason}: ${message}`);
      return retryAfterMs;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

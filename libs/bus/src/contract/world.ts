import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { Award, RunDecision, RunSignal } from '@parley/contracts';
import { BusError } from '../errors.ts';
import type { Bus, StreamOutgoing } from '../port.ts';

/** A server, real or not, on which buses meet. */
export interface BusWorld extends AsyncDisposable {
  connect(name: string): Promise<Bus>;
  /** Lets this much time pass, in milliseconds. */
  pass(ms: number): Promise<void>;
}

/** The world of one group of tests and a bus on it. */
export function useWorld(open: () => Promise<BusWorld>): { readonly world: BusWorld; readonly bus: Bus } {
  let world: BusWorld | undefined;
  let bus: Bus | undefined;
  beforeAll(async () => {
    world = await open();
    bus = await world.connect('contract');
  });
  afterAll(async () => {
    await bus?.close();
    await world?.[Symbol.asyncDispose]();
  });
  return {
    get world() {
      return world as BusWorld;
    },
    get bus() {
      return bus as Bus;
    },
  };
}

/** A namespace that no other test uses. */
export const newNs = (): string => `t${randomBytes(6).toString('hex')}`;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const text = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);

/** A message of a `limits` stream: one subject per agent and task. */
export const award = (ns: string, agent: string, task: string, content = 'content'): StreamOutgoing => ({
  subject: Award.toSubject({ ns, agent, taskId: task, attempt: '1' }),
  payload: bytes(content),
  id: `${ns}.${agent}.${task}.${content}`,
});

export const awards = (ns: string, agent?: string): string =>
  Award.filter(agent === undefined ? { ns } : { ns, agent });

/** A message of a work queue. */
export const signal = (ns: string, run: string, content = 'content'): StreamOutgoing => ({
  subject: RunSignal.toSubject({ ns, partition: '00', runId: run }),
  payload: bytes(content),
  id: `${ns}.${run}.${content}`,
});

export const signals = (ns: string): string => RunSignal.filter({ ns });

/** A message of a log: one subject per run. */
export const runEvent = (ns: string, run: string, content: string): StreamOutgoing => ({
  subject: RunDecision.toSubject({ ns, partition: '00', runId: run }),
  payload: bytes(content),
  id: `${ns}.${run}.${content}`,
});

const WAIT_MS = 5_000;

/** Waits for a condition, at most five seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so within ${WAIT_MS} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The code of the `BusError` that a call ends with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BusError) return error.code;
    throw error;
  }
  return 'no error';
}

import { randomUUID } from 'node:crypto';
import { type Decision, decodeJson, RunDecision, runIdOfKey, RunSubmission } from '@parley/contracts';
import type { Bus } from '@parley/bus';
import { NAMESPACE } from './stack.ts';

export interface LoadResult {
  readonly runs: number;
  readonly steps: number;
  readonly seconds: number;
  /** From one decision of a run to the next, as seen by a subscriber: the whole way of a step, milliseconds, sorted. */
  readonly stepMs: readonly number[];
}

/** Finds the decisions that end a run without parsing the others: the driver shares the machine with what it measures. */
const SETTLED = {
  text: Buffer.from('"RunSettled"'),
  test: (payload: Uint8Array): boolean =>
    Buffer.from(payload.buffer, payload.byteOffset, payload.length).includes(SETTLED.text),
};

/** Runs a workflow `runs` times with `window` runs under way at any moment, and waits until each has completed. */
export async function load(
  bus: Bus,
  options: { workflow: string; runs: number; window: number; stepsPerRun: number },
): Promise<LoadResult> {
  const { workflow, runs, window, stepsPerRun } = options;
  const subject = RunSubmission.toSubject({ ns: NAMESPACE, workflow });
  const batch = randomUUID();
  const lastSeen = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  const failures: string[] = [];
  const stepMs: number[] = [];
  const follow = await bus.subscribe(RunDecision.filter({ ns: NAMESPACE }), (messages) => {
    const now = performance.now();
    for (const { subject: from, payload } of messages) {
      const run = from.slice(from.lastIndexOf('.') + 1);
      const before = lastSeen.get(run);
      if (before !== undefined) stepMs.push(now - before);
      lastSeen.set(run, now);
      if (!SETTLED.test(payload)) continue;
      const settled = (decodeJson(payload) as Decision).events.find((event) => event.type === 'RunSettled');
      if (settled?.status !== 'completed') failures.push(`${run}: ${JSON.stringify(settled)}`);
      lastSeen.delete(run);
      waiting.get(run)?.();
    }
  });
  let next = 0;
  async function one(): Promise<void> {
    while (next < runs) {
      const key = `${batch}-${next++}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(runIdOfKey(NAMESPACE, key), resolve);
      await bus.storeOne({ id: key, subject, payload: RunSubmission.encode({ input: { x: 1 }, idempotencyKey: key }) });
      await promise;
      waiting.delete(runIdOfKey(NAMESPACE, key));
    }
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: window }, one));
  const seconds = (performance.now() - start) / 1_000;
  await follow.stop();
  if (failures.length > 0) throw new Error(`${failures.length} runs did not complete: ${failures[0]}`);
  return { runs, steps: runs * stepsPerRun, seconds, stepMs: stepMs.sort((a, b) => a - b) };
}

/** The value below which a share of sorted values lies. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

import { WorkflowDefinition } from '@parley/contracts';
import { load, percentile } from './load.ts';
import { type RawRates, rawPublishRates } from './raw.ts';
import type { BenchStack } from './stack.ts';

const task = (id: string): unknown => ({ kind: 'task', id, capability: 'noop', input: { x: 1 } });

const sequence = (name: string, steps: number): WorkflowDefinition =>
  WorkflowDefinition.parse({
    name,
    root: { kind: 'sequence', id: 'all', steps: Array.from({ length: steps }, (_, i) => task(`s${i}`)) },
  });

const fanOut = (name: string, branches: number): WorkflowDefinition =>
  WorkflowDefinition.parse({
    name,
    root: { kind: 'concurrent', id: 'all', branches: Array.from({ length: branches }, (_, i) => task(`b${i}`)) },
  });

export interface WindowResult {
  readonly window: number;
  readonly stepsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSecondsPer1000Steps: number;
  readonly cpuShares: Record<string, number>;
}

/** Five steps, three bidders each. */
export async function benchSequence(stack: BenchStack, quick: boolean, only?: number): Promise<WindowResult[]> {
  await stack.register(sequence('five', 5));
  const results: WindowResult[] = [];
  await load(stack.bus, { workflow: 'five', runs: quick ? 200 : 2_000, window: 50, stepsPerRun: 5 });
  for (const [window, runs] of [
    [1, quick ? 50 : 400],
    [10, quick ? 200 : 2_000],
    [100, quick ? 1_000 : 10_000],
  ] as const) {
    if (only !== undefined && only !== window) continue;
    const before = stack.usage().cpu;
    const result = await load(stack.bus, { workflow: 'five', runs, window, stepsPerRun: 5 });
    const after = stack.usage().cpu;
    const perStep = new Map(
      [...after].map(([name, cpu]) => [name, ((cpu - (before.get(name) ?? 0)) * 1_000) / result.steps]),
    );
    results.push({
      window,
      stepsPerSecond: result.steps / result.seconds,
      p50Ms: percentile(result.stepMs, 0.5),
      p99Ms: percentile(result.stepMs, 0.99),
      cpuSecondsPer1000Steps: [...perStep.values()].reduce((sum, value) => sum + value, 0),
      cpuShares: Object.fromEntries(perStep),
    });
  }
  return results;
}

/** One run of 200 branches that are all open at once. */
export async function benchFanOut(
  stack: BenchStack,
): Promise<{ branches: number; runMs: number; stepsPerSecond: number }> {
  const branches = 200;
  await stack.register(fanOut('fan', branches));
  await load(stack.bus, { workflow: 'fan', runs: 2, window: 1, stepsPerRun: branches });
  const { runs, seconds, steps } = await load(stack.bus, {
    workflow: 'fan',
    runs: 10,
    window: 1,
    stepsPerRun: branches,
  });
  return { branches, runMs: (seconds / runs) * 1_000, stepsPerSecond: steps / seconds };
}

/** The same number of steps in runs of 10, 100 and 1,000: what a step costs must not grow with the steps before it. */
export async function benchGrowth(stack: BenchStack): Promise<{ steps: number; msPerStep: number }[]> {
  const total = 2_000;
  const results: { steps: number; msPerStep: number }[] = [];
  for (const steps of [10, 100, 1_000]) {
    const name = `seq-${steps}`;
    await stack.register(sequence(name, steps));
    const { seconds } = await load(stack.bus, { workflow: name, runs: total / steps, window: 1, stepsPerRun: steps });
    results.push({ steps, msPerStep: (seconds / total) * 1_000 });
  }
  return results;
}

export const benchRaw = (stack: BenchStack): Promise<RawRates> => rawPublishRates(stack.url, 100);

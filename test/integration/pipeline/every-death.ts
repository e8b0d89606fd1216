import { expect } from 'vitest';
import { dyingBus, type Moment } from './dying-bus.ts';
import type { History } from './history.ts';
import { type Cast, openStage, runConductor, runRouter } from './stage.ts';
import { violations } from './verify.ts';

type Victim = 'conductor' | 'router';

/** Every process that decides, and both sides of a call's effect. */
export const DEATHS: readonly (readonly [Victim, Moment])[] = [
  ['conductor', 'before'],
  ['conductor', 'after'],
  ['router', 'before'],
  ['router', 'after'],
];

export interface Survived {
  readonly hasDied: boolean;
  readonly history: History;
  readonly settled: Awaited<ReturnType<ReturnType<typeof openStage>['settled']>>['settled'];
}

/** Runs a flow with one process that dies at its `k`-th call and is replaced. Answers whether it got that far. */
export async function runWithDeath(cast: Cast, victim: Victim, k: number, moment: Moment): Promise<Survived> {
  const stage = openStage(cast);
  const start = victim === 'conductor' ? runConductor : runRouter;
  const { bus, died } = dyingBus(stage.connect(), k, moment);
  let hasDied = false;
  const replaced = died.then(async () => {
    hasDied = true;
    await start(stage.connect());
  });
  await (victim === 'conductor' ? runRouter : runConductor)(stage.connect());
  await start(bus);
  await stage.submit();
  const { history, settled } = await stage.settled();
  if (hasDied) await replaced;
  return { hasDied, history, settled };
}

/** Lets a process die at its first call, its second, and so on, until it outlives the run; checks the log each time. Answers how many calls there were. */
export async function everyDeath(
  cast: Cast,
  [victim, moment]: readonly [Victim, Moment],
  check: (survived: Survived, where: string) => void,
): Promise<number> {
  for (let k = 1; ; k++) {
    const survived = await runWithDeath(cast, victim, k, moment);
    const where = `${victim} died ${moment} call ${k}`;
    expect(violations(survived.history), where).toEqual([]);
    check(survived, where);
    if (!survived.hasDied) return k;
  }
}

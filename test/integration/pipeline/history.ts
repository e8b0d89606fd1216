import type { Bus } from '@parley/bus';
import { Award, type Body, type Decision, RunDecision } from '@parley/contracts';

export interface AwardMade {
  readonly agent: string;
  readonly award: Body<typeof Award>;
}

/** Everything that is on record of one run. */
export interface History {
  readonly run: string;
  readonly decisions: readonly Decision[];
  readonly awards: readonly AwardMade[];
}

/** The histories of all runs of a namespace, from RUNS and WORK. */
export async function readHistories(bus: Bus, ns: string): Promise<History[]> {
  const runs = new Map<string, { run: string; decisions: Decision[]; awards: AwardMade[] }>();
  for await (const { subject, payload } of bus.read('RUNS', RunDecision.filter({ ns }))) {
    const run = RunDecision.parseSubject(subject)?.runId ?? '';
    const history = runs.get(run) ?? { run, decisions: [], awards: [] };
    runs.set(run, history);
    history.decisions.push(RunDecision.decode(payload));
  }
  for await (const { subject, payload } of bus.read('WORK', Award.filter({ ns }))) {
    const award = Award.decode(payload);
    runs.get(award.run)?.awards.push({ agent: Award.parseSubject(subject)?.agent ?? '', award });
  }
  return [...runs.values()];
}

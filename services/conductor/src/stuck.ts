import type { Bus, Running, StoredMessage } from '@parley/bus';
import { encodeJson, QueryStuck, RunDecision, type StuckRun } from '@parley/contracts';
import { isActiveRun, stuckReport } from '@parley/core';
import type { Engine } from './engine.ts';

/** Runs that are looked at, newest first: the query reads their part of the log. */
const LOOKED_AT = 5_000;

/** Answers which open runs have been silent for a while, longest first, and what each of their open nodes waits for. */
export async function serveStuck(bus: Bus, engine: Engine): Promise<Running> {
  return await bus.serve(
    QueryStuck.filter(),
    async (message) => {
      const ns = QueryStuck.parseSubject(message.subject)?.ns ?? '';
      const { olderMs, limit } = QueryStuck.decode(message.payload);
      const newest = await bus.lastPerSubject('RUNS', RunDecision.filter({ ns }), LOOKED_AT);
      const silent = newest.filter((stored) => stored.at <= bus.now() - olderMs && !endsRun(stored)).toReversed();
      const runs: StuckRun[] = [];
      let looked = 0;
      for (const { subject, sequence, at } of silent) {
        if (runs.length === limit) break;
        looked += 1;
        const run = RunDecision.parseSubject(subject)?.runId ?? '';
        const { log, plan } = await engine.run({ ns, run }, sequence);
        if (!isActiveRun(log.state)) continue;
        const { workflow, status } = log.state;
        runs.push({ run, workflow, status, updatedAt: at, ...stuckReport(plan, log.state) });
      }
      return encodeJson({ runs, more: looked < silent.length || newest.length === LOOKED_AT });
    },
    { queue: 'conductor' },
  );
}

/** The newest decision of most runs that are over says so; of the others the log does. */
const endsRun = ({ payload }: StoredMessage): boolean =>
  RunDecision.decode(payload).events.some(({ type }) => type === 'RunSettled');

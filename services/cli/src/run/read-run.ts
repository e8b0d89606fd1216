import type { Bus } from '@parley/bus';
import { Award, type Body, QueryLedger, QueryRun, taskIdOf } from '@parley/contracts';
import { type Answer, ask } from '../ask.ts';

export interface AwardRow {
  readonly path: string;
  readonly attempt: number;
  readonly agent: string;
  readonly reasons: Body<typeof Award>['reasons'];
  /** What hand-offs told the holder; empty in a task that nobody handed over. */
  readonly context: Pick<Body<typeof Award>, 'handoff' | 'refused' | 'returned'>;
}

/** One run with what other streams know of it. `ledger` is absent when no guardian answers. */
export interface RunReport {
  readonly run: Answer<typeof QueryRun>;
  readonly awards: readonly AwardRow[];
  readonly ledger?: Answer<typeof QueryLedger>;
}

/** Asks the conductor for a run and reads its awards from WORK. Throws `BusError` with problem `run_unknown`. */
export async function readRun(bus: Bus, namespace: string, runId: string): Promise<RunReport> {
  const run = await ask(bus, QueryRun, { ns: namespace }, { run: runId });
  const tasks = run.nodes.filter(({ kind }) => kind === 'task');
  const [awards, ledger] = await Promise.all([
    Promise.all(tasks.map(({ path }) => awardsOf(bus, namespace, runId, path))),
    ask(bus, QueryLedger, { ns: namespace }, { run: runId }).catch(() => undefined),
  ]);
  return { run, awards: awards.flat(), ...(ledger === undefined ? {} : { ledger }) };
}

async function awardsOf(bus: Bus, ns: string, runId: string, path: string): Promise<AwardRow[]> {
  const rows: AwardRow[] = [];
  for await (const { subject, payload } of bus.read('WORK', Award.filter({ ns, taskId: taskIdOf(runId, path) }))) {
    const { attempt, reasons, handoff, refused, returned } = Award.decode(payload);
    const context = { handoff, refused, returned };
    rows.push({ path, attempt, agent: Award.parseSubject(subject)?.agent ?? '', reasons, context });
  }
  return rows.toSorted((a, b) => a.attempt - b.attempt);
}

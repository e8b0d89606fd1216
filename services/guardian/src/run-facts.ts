import type { Bus } from '@parley/bus';
import { type Limits, partitionOf, RunDecision } from '@parley/contracts';

/** What the first decision of a run says. */
export interface RunFacts {
  readonly workflow: string;
  readonly limits: Limits;
  readonly startedAt: number;
}

const REMEMBERED = 10_000;

/** The facts of a run from its log, remembered for the runs asked for last; undefined when it has no log. */
export function createRunFacts(bus: Pick<Bus, 'read'>): (ns: string, run: string) => Promise<RunFacts | undefined> {
  const known = new Map<string, Promise<RunFacts | undefined>>();

  async function load(ns: string, run: string): Promise<RunFacts | undefined> {
    const subject = RunDecision.toSubject({ ns, partition: partitionOf(run), runId: run });
    for await (const message of bus.read('RUNS', subject)) {
      const { at, events } = RunDecision.decode(message.payload);
      const started = events.find((event) => event.type === 'RunStarted');
      return started === undefined ? undefined : { workflow: started.workflow, limits: started.limits, startedAt: at };
    }
    return undefined;
  }

  return (ns, run) => {
    const id = `${ns}.${run}`;
    const found = known.get(id) ?? load(ns, run);
    known.delete(id);
    known.set(id, found);
    // Only what was found never changes: a run without a log may get one, and a failed read may work.
    const forget = (): void => {
      if (known.get(id) === found) known.delete(id);
    };
    found.then((facts) => facts === undefined && forget(), forget);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value as string);
    return found;
  };
}

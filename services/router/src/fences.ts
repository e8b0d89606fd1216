import { Control } from '@parley/contracts';
import { type Bus, type CaughtUp, followCaughtUp } from '@parley/bus';

/** Which epochs are too old to be awarded. */
export interface Fences extends CaughtUp {
  /** True when the run was halted or resumed after this epoch, or its namespace or everything is halted now. */
  fenced(ns: string, run: string, epoch: number): boolean;
}

/** Follows CONTROL; resolves once everything stored has been read, so that no award is made before. */
export async function followFences(bus: Bus, onError: (error: unknown) => void): Promise<Fences> {
  const halts = new Map<string, number>();
  const feed = await followCaughtUp(
    bus,
    'CONTROL',
    Control.filter(),
    (messages) => {
      for (const message of messages) {
        const params = Control.parseSubject(message.subject);
        if (params === undefined) continue;
        const key = `${params.scope}.${params.ns}.${params.id}`;
        const verb = verbOf(message.payload);
        // CONTROL keeps the newest command alone: behind a resume of a run there may be a halt, and all work after it has its epoch.
        if (verb === 'halt' || (verb === 'resume' && params.scope === 'run')) halts.set(key, message.sequence);
        // The epoch of a run knows only the run's own commands: a wide halt kept after its resume would fence every later run as well.
        else if (verb === 'resume') halts.delete(key);
      }
    },
    onError,
  );
  await feed.ready();
  const haltOf = (scope: string, ns: string, id: string): number => halts.get(`${scope}.${ns}.${id}`) ?? 0;
  return {
    fenced: (ns, run, epoch) =>
      halts.size > 0 &&
      epoch < Math.max(haltOf('run', ns, run), haltOf('namespace', ns, 'all'), haltOf('everything', 'all', 'all')),
    get caughtUp() {
      return feed.caughtUp;
    },
    ready: () => feed.ready(),
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}

/** The verb of a command; undefined when it is none, since one bad message must not keep the others from being read. */
function verbOf(payload: Uint8Array): string | undefined {
  try {
    return Control.decode(payload).verb;
  } catch {
    return undefined;
  }
}

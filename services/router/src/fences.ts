import { Control } from '@parley/contracts';
import type { Bus, Running } from '@parley/bus';

/** Which epochs are too old to be awarded. */
export interface Fences extends AsyncDisposable {
  /** True when the run was halted or resumed after this epoch, or its namespace or everything is halted now. */
  fenced(ns: string, run: string, epoch: number): boolean;
}

/** Follows CONTROL; resolves once everything stored has been read, so that no award is made before. */
export async function followFences(bus: Bus): Promise<Fences> {
  const halts = new Map<string, number>();
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>();
  const running: Running = await bus.follow(
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
    { lastPerSubject: true, onCaughtUp: resolve },
  );
  await caughtUp;
  const haltOf = (scope: string, ns: string, id: string): number => halts.get(`${scope}.${ns}.${id}`) ?? 0;
  return {
    fenced: (ns, run, epoch) =>
      halts.size > 0 &&
      epoch < Math.max(haltOf('run', ns, run), haltOf('namespace', ns, 'all'), haltOf('everything', 'all', 'all')),
    [Symbol.asyncDispose]: () => running.stop(),
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

import { type Body, Control } from '@parley/contracts';

type Command = Body<typeof Control>;

/** A halt or pause in force, with its epoch. */
export interface Stop {
  readonly verb: 'halt' | 'pause';
  readonly epoch: number;
  readonly reason: string;
}

/** What a piece of work is controlled by. */
export interface Controlled {
  readonly run: string;
  /** The epoch its award carries. */
  readonly epoch: number;
}

/**
 * The commands in force for one agent: the newest of each scope. A stop applies to work of an older epoch than its own; a
 * command that is not newer than the one known of its scope changes nothing.
 */
export interface ControlView {
  /** True when the command is new and concerns this agent. */
  apply(subject: string, epoch: number, command: Command): boolean;
  /** The strongest stop for the work: a halt before a pause. */
  stopFor(work: Controlled): Stop | undefined;
}

/**
 * Commands for runs that are kept, the newest. Dropping an older one is safe: the guardian and the conductor fence that epoch whatever an agent
 * remembers, here it only ends the work sooner. What was dropped is never news again: a halt delivered late does not undo its resume.
 */
const MAX_RUNS = 10_000;

export function createControlView(ns: string, agent: string): ControlView {
  const wide = new Map<string, Stop | { verb: 'resume'; epoch: number; reason: string }>();
  const runs: typeof wide = new Map();
  let droppedEpoch = 0;

  /** Commands arrive in the order of their epochs, and a map keeps the order of arrival. */
  function dropOldest(): void {
    for (const [run, { epoch }] of runs) {
      runs.delete(run);
      droppedEpoch = Math.max(droppedEpoch, epoch);
      return;
    }
  }

  return {
    apply(subject, epoch, { verb, reason }) {
      const params = Control.parseSubject(subject);
      if (params === undefined) return false;
      const { scope, id } = params;
      const everywhere = scope === 'everything';
      if (!everywhere && params.ns !== ns) return false;
      if (scope === 'workflow' || (scope === 'agent' && id !== agent)) return false;
      const scoped = scope === 'run' ? runs : wide;
      const key = scope === 'run' ? id : everywhere ? subject : scope;
      if (epoch <= (scoped.get(key)?.epoch ?? (scope === 'run' ? droppedEpoch : 0))) return false;
      scoped.delete(key);
      scoped.set(key, { verb, epoch, reason });
      if (runs.size > MAX_RUNS) dropOldest();
      return true;
    },
    stopFor({ run, epoch }) {
      let found: Stop | undefined;
      const consider = (command: { verb: Command['verb']; epoch: number; reason: string }): void => {
        if (command.verb === 'resume' || command.epoch <= epoch || found?.verb === 'halt') return;
        if (command.verb === 'halt' || found === undefined) found = { ...command, verb: command.verb };
      };
      if (runs.size > 0) {
        const command = runs.get(run);
        if (command !== undefined) consider(command);
      }
      if (wide.size > 0) for (const command of wide.values()) consider(command);
      return found;
    },
  };
}

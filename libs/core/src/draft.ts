import type { Json, RunEvent, TaskScheduled } from '@parley/contracts';
import { evolve } from './evolve.ts';
import type { Plan } from './plan.ts';
import { locate, type Place } from './scope.ts';
import { type ActiveRun, isActiveRun, type RunState } from './state.ts';

/** Bytes of newly scheduled work, and of outputs taken again, in one decision, estimated; the rest follows in the decisions after it. */
const SCHEDULE_BYTES = 262_144;

/** A `TaskScheduled` without its input. */
const ENVELOPE_BYTES = 400;

/** One decision being made: the events so far and the state that they lead to. */
export class Draft {
  readonly events: RunEvent[] = [];
  readonly now: number;
  state: RunState;
  /** Earliest due time among what this decision scheduled. */
  newDue = Infinity;
  /** Something could be scheduled and was put off to the next decision. */
  putOff = false;
  readonly #plan: Plan | undefined;
  #room = SCHEDULE_BYTES;

  constructor(plan: Plan | undefined, state: RunState, now: number) {
    this.#plan = plan;
    this.state = state;
    this.now = now;
  }

  /** The only way to change the state. */
  emit(event: RunEvent): void {
    this.events.push(event);
    this.state = evolve(this.state, event);
    if (event.type === 'TaskScheduled') {
      this.#room -= ENVELOPE_BYTES + roughSize(event.input) + handedOverSize(event);
      this.newDue = Math.min(this.newDue, event.deadlineAt);
    } else if (event.type === 'NodeSettled' && event.cached !== undefined) {
      this.#room -= ENVELOPE_BYTES + roughSize(event.output ?? null);
    } else if (event.type === 'NodeAdvanced' && event.dueAt !== undefined) {
      this.newDue = Math.min(this.newDue, event.dueAt);
    }
  }

  get active(): ActiveRun | undefined {
    return isActiveRun(this.state) ? this.state : undefined;
  }

  /** The run, when new work may be scheduled at all. */
  get running(): ActiveRun | undefined {
    return this.active?.status === 'running' ? this.active : undefined;
  }

  /** False once this decision is full: what is left is put off. */
  hasRoom(): boolean {
    if (this.#room > 0) return true;
    this.putOff = true;
    return false;
  }

  get plan(): Plan {
    const run = this.active;
    if (this.#plan === undefined || this.#plan.digest !== run?.digest) {
      throw new Error(`run ${this.state.run} needs the definition ${run?.digest ?? ''}`);
    }
    return this.#plan;
  }

  locate(path: string): Place {
    const run = this.active;
    if (run === undefined) throw new Error(`run ${this.state.run} has no node ${path}`);
    return locate(this.plan, run, path);
  }
}

/** What a task carries because it was handed over. */
const handedOverSize = ({ brief, offer, returned, answer }: TaskScheduled): number =>
  roughSize(brief ?? offer?.brief ?? null) + roughSize(returned?.output ?? null) + roughSize(answer?.value ?? null);

/** The length of a value's JSON, about. */
function roughSize(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value !== 'object') return 8;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += roughSize(item) + 1;
  else for (const key of Object.keys(value)) size += key.length + 4 + roughSize(value[key] ?? null);
  return size;
}

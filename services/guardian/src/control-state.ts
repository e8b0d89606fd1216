import { type Body, Control } from '@parley/contracts';

type Command = Body<typeof Control>;

/** What a permit is asked for. */
export interface Controlled {
  readonly ns: string;
  readonly run: string;
  readonly agent: string;
  readonly workflow: string;
  /** Epoch that the work carries. */
  readonly epoch: number;
  /** When the run started, by the server's clock. */
  readonly startedAt: number;
}

export interface Refusal {
  readonly reason: 'halted' | 'paused' | 'fenced';
  readonly message: string;
}

interface ScopeState {
  verb: Command['verb'];
  epoch: number;
  reason: string;
  /** The last halt: work of an older epoch, of a run that is not younger, is refused for good. */
  fence?: { epoch: number; at: number };
}

/**
 * The commands in force, by scope.
 *
 * 1. A command applies only above the epoch already seen of its scope; its epoch is its sequence in CONTROL.
 * 2. A halt stays as a fence after a resume. CONTROL keeps the last command per scope, so a fence is known only to those who were there;
 *    binding and the conductor's own epochs refuse what a newcomer cannot know.
 * 3. A run that started after a halt has no work from before it, whatever epoch it carries.
 */
export interface ControlState {
  /** False when the command is older than what is known of its scope. */
  apply(subject: string, epoch: number, at: number, command: Command): boolean;
  /** Why no call may begin; `halted` before `fenced` before `paused`. */
  refuse(work: Controlled): Refusal | undefined;
  /** Why a call under way must end: a pause lets it go on. */
  endsLease(work: Controlled): Refusal | undefined;
}

export function createControlState(): ControlState {
  const scopes = new Map<string, ScopeState>();

  function* matching({ ns, run, agent, workflow }: Controlled): Generator<[name: string, state: ScopeState]> {
    if (scopes.size === 0) return;
    for (const [name, key] of [
      ['everything', 'everything'],
      [`namespace ${ns}`, keyOf('namespace', ns, '')],
      [`workflow ${workflow}`, keyOf('workflow', ns, workflow)],
      [`agent ${agent}`, keyOf('agent', ns, agent)],
      [`run ${run}`, keyOf('run', ns, run)],
    ] as const) {
      const state = scopes.get(key);
      if (state !== undefined) yield [name, state];
    }
  }

  function refuse(work: Controlled): Refusal | undefined {
    let found: Refusal | undefined;
    for (const [name, { verb, reason, epoch, fence }] of matching(work)) {
      if (verb === 'halt') return { reason: 'halted', message: `${name} is halted since epoch ${epoch}: ${reason}` };
      if (fence !== undefined && work.epoch < fence.epoch && work.startedAt <= fence.at) {
        const message = `${name} was halted at epoch ${fence.epoch}; this work is of epoch ${work.epoch}`;
        found = { reason: 'fenced', message };
      } else if (verb === 'pause' && found === undefined) {
        found = { reason: 'paused', message: `${name} is paused since epoch ${epoch}: ${reason}` };
      }
    }
    return found;
  }

  return {
    apply(subject, epoch, at, { verb, reason }) {
      const params = Control.parseSubject(subject);
      if (params === undefined) return false;
      const key = keyOf(params.scope, params.ns, params.id);
      const before = scopes.get(key);
      if (before !== undefined && epoch <= before.epoch) return false;
      const fence = verb === 'halt' ? { epoch, at } : before?.fence;
      scopes.set(key, { verb, epoch, reason, ...(fence === undefined ? {} : { fence }) });
      return true;
    },
    refuse,
    endsLease(work) {
      const refusal = refuse(work);
      return refusal?.reason === 'paused' ? undefined : refusal;
    },
  };
}

function keyOf(scope: string, ns: string, id: string): string {
  if (scope === 'everything') return 'everything';
  return scope === 'namespace' ? `namespace.${ns}` : `${scope}.${ns}.${id}`;
}

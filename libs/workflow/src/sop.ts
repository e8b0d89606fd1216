import { Token, type WorkflowDefinition } from '@parley/contracts';
import { DefinitionError, type DefinitionProblem } from '@parley/core';
import { z } from 'zod';
import { workflow, type WorkflowOptions } from './builder.ts';
import { parseBody, unknownName } from './document-body.ts';
import { type BuiltNode, concurrent, sequence } from './nodes.ts';
import { roleTask } from './role-task.ts';

const Text = z.string().min(1).max(20_000);

const Role = z.strictObject({
  role: Text,
  goal: Text,
  instruction: Text,
  /** Types of artifact that it waits for and gets. */
  watches: z.array(Token).min(1).max(100),
  /** The type of artifact that it makes; each type has one maker. */
  produces: Token,
  /** What an agent must be able to do to play this role; `play_role` when left out. */
  capability: Token.optional(),
});
type Role = z.output<typeof Role>;

/** Roles that work by what is there, not by who is next: each begins when the artifacts that it watches exist (after MetaGPT). */
export const Sop = z.strictObject({
  /** The type of artifact that the run's input is. */
  start: Token,
  /** What the run may cost. */
  budgetUsd: z.number().positive().max(1_000_000).optional(),
  roles: z.array(Role).min(1).max(100),
});
export type Sop = z.input<typeof Sop>;

/** The definition of a standard operating procedure. Throws `DefinitionError` with everything that is wrong with it. */
export function sop({
  name,
  start,
  budgetUsd,
  roles,
  ...options
}: Sop & { name: string } & WorkflowOptions): WorkflowDefinition {
  const body = parseBody(Sop, { start, roles, ...(budgetUsd === undefined ? {} : { budgetUsd }) });
  return workflow(name, sopRoot(body).root, { ...options, ...sopLimits(body, options.limits) });
}

/** The investment as a limit of the run; the lower of the two when both are given. */
export function sopLimits(
  { budgetUsd }: Pick<z.output<typeof Sop>, 'budgetUsd'>,
  limits: WorkflowOptions['limits'],
): Pick<WorkflowOptions, 'limits'> {
  if (budgetUsd === undefined) return limits === undefined ? {} : { limits };
  const microUsd = Math.max(1, Math.round(budgetUsd * 1_000_000));
  return { limits: { ...limits, microUsd: Math.min(microUsd, limits?.microUsd ?? Infinity) } };
}

/**
 * The node that a procedure is: a sequence of stages, each of the roles whose artifacts all exist by then; several of them side by side. Artifacts are the outputs
 * of the steps. `origins` says which role stands where. Throws `DefinitionError`; pointers lead into the procedure.
 */
export function sopRoot({ start, roles }: z.output<typeof Sop>): { root: BuiltNode; origins: [string, string][] } {
  check(start, roles);
  const where = new Map([[start, '/input']]);
  const steps: BuiltNode[] = [];
  const origins: [string, string][] = [];
  let waiting = roles.map((role, index) => ({ role, index }));
  while (waiting.length > 0) {
    const stage = waiting.filter(({ role }) => role.watches.every((type) => where.has(type)));
    if (stage.length === 0) throw new DefinitionError([cycleIn(waiting, where)]);
    waiting = waiting.filter((one) => !stage.includes(one));
    const at = `/root/steps/${steps.length}`;
    const id = `stage-${steps.length + 1}`;
    const turns = stage.map(({ role }) => turnOf(role, where));
    for (const [i, { role, index }] of stage.entries()) {
      origins.push([turns.length === 1 ? at : `${at}/branches/${i}`, `/roles/${index}`]);
      where.set(role.produces, turns.length === 1 ? `/steps/${role.produces}` : `/steps/${id}/${i}`);
    }
    steps.push(turns.length === 1 ? (turns[0] as BuiltNode) : concurrent(id, turns));
  }
  return { root: sequence('procedure', steps), origins };
}

/** A role's step has the name of what it makes: `/steps/{type}` is the artifact. */
function turnOf(
  { role, goal, instruction, watches, produces, capability }: Role,
  where: ReadonlyMap<string, string>,
): BuiltNode {
  const context = Object.fromEntries(watches.map((type) => [type, where.get(type) ?? '']));
  return roleTask({ id: produces, role, goal, task: instruction, expectedOutput: produces, context, capability });
}

function check(start: string, roles: readonly Role[]): void {
  const problems: DefinitionProblem[] = [];
  const types = [start, ...roles.map(({ produces }) => produces)];
  for (const [i, { role, watches, produces }] of roles.entries()) {
    const before =
      produces === start
        ? 'the input of the run'
        : roles.slice(0, i).find((other) => other.produces === produces)?.role;
    if (before !== undefined) {
      const message = `${produces} is made by ${before} already; each type of artifact has one maker`;
      problems.push({ pointer: `/roles/${i}/produces`, code: 'duplicate_id', message });
    }
    for (const [k, type] of watches.entries()) {
      if (!types.includes(type))
        problems.push(unknownName(`/roles/${i}/watches/${k}`, `${role} watches what nobody makes:`, type, types));
    }
  }
  if (problems.length > 0) throw new DefinitionError(problems);
}

/** Roles that wait for each other, in a circle: each of `waiting` watches something that another of them makes. */
function cycleIn(
  waiting: readonly { role: Role; index: number }[],
  where: ReadonlyMap<string, string>,
): DefinitionProblem {
  const trail: { role: Role; index: number }[] = [];
  let at = waiting[0] as { role: Role; index: number };
  while (!trail.includes(at)) {
    trail.push(at);
    const missing = at.role.watches.find((type) => !where.has(type));
    at = waiting.find(({ role }) => role.produces === missing) ?? at;
  }
  // Walked from what is watched to its maker; told the other way round, as artifacts go.
  const circle = [at, ...trail.slice(trail.indexOf(at) + 1).toReversed(), at].map(({ role }) => role);
  const told = circle
    .map(({ role, produces }, i) => (i === circle.length - 1 ? role : `${role} (${produces})`))
    .join(' → ');
  const message = `these roles wait for each other: ${told}; let one of them watch something else`;
  return { pointer: `/roles/${at.index}/watches`, code: 'unbounded_cycle', message };
}

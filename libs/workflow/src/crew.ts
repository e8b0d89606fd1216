import { Token, type WorkflowDefinition } from '@parley/contracts';
import { DefinitionError, type DefinitionProblem } from '@parley/core';
import { z } from 'zod';
import { workflow, type WorkflowOptions } from './builder.ts';
import { parseBody, unknownName } from './document-body.ts';
import { type BuiltNode, from, sequence, supervisor } from './nodes.ts';
import { roleTask } from './role-task.ts';

const Text = z.string().min(1).max(20_000);

/**
 * A team of roles and what they do (after CrewAI): `sequential`, each task by its role in the order written; `hierarchical`, a lead plans who does what, reviews
 * and puts together.
 */
export const Crew = z.strictObject({
  process: z.enum(['sequential', 'hierarchical']).default('sequential'),
  agents: z
    .array(
      z.strictObject({
        role: Text,
        goal: Text,
        backstory: Text.optional(),
        /** What an agent must be able to do to play this role; `play_role` when left out. */
        capability: Token.optional(),
      }),
    )
    .min(1)
    .max(100),
  tasks: z
    .array(
      z.strictObject({
        id: Token,
        description: Text,
        expectedOutput: Text,
        /** Whose task it is; the lead of a hierarchical crew may choose. */
        role: Text.optional(),
        /** Earlier tasks whose outputs it gets; the one before it when left out. */
        context: z.array(Token).max(100).optional(),
      }),
    )
    .min(1)
    .max(1_000),
});
export type Crew = z.input<typeof Crew>;

/** The definition of a crew. Throws `DefinitionError` with everything that is wrong with it. */
export function crew({
  name,
  agents,
  tasks,
  process,
  ...options
}: Crew & { name: string } & WorkflowOptions): WorkflowDefinition {
  return workflow(name, crewRoot(parseBody(Crew, { agents, tasks, process })), options);
}

/** The node that a crew is. Throws `DefinitionError`; pointers lead into the crew. */
export function crewRoot(body: z.output<typeof Crew>): BuiltNode {
  const problems = problemsOf(body);
  if (problems.length > 0) throw new DefinitionError(problems);
  return body.process === 'sequential' ? inOrder(body) : led(body);
}

function inOrder({ agents, tasks }: z.output<typeof Crew>): BuiltNode {
  const steps = tasks.map(({ id, role, description, expectedOutput, context }, i) => {
    const given = context ?? tasks.slice(Math.max(0, i - 1), i).map((one) => one.id);
    return roleTask({
      ...agentOf(agents, role),
      id,
      task: description,
      expectedOutput,
      context: Object.fromEntries(given.map((other) => [other, `/steps/${other}`])),
    });
  });
  return sequence('crew', steps);
}

/** Delegations per task: the work, a revision, and one by somebody else. */
const DELEGATIONS = 3;

function led({ agents, tasks }: z.output<typeof Crew>): BuiltNode {
  const workers = agents.map((agent, i) => ({
    name: agent.role.slice(0, 128),
    description: agent.goal.slice(0, 2_000),
    node: roleTask({
      ...agent,
      id: `role-${i + 1}`,
      task: from('/assignment/instruction'),
      expectedOutput: 'what the instruction asks for',
      context: { feedback: '/assignment/feedback' },
    }),
  }));
  return supervisor('crew', workers, {
    goal: { tasks: tasks.map(asData), input: from('/input') },
    plan: { capability: 'plan_work' },
    review: { capability: 'review_work' },
    synthesize: { capability: 'synthesize' },
    maxDelegations: Math.min(100, tasks.length * DELEGATIONS),
  });
}

const asData = ({ id, role, description, expectedOutput, context = [] }: z.output<typeof Crew>['tasks'][number]) => ({
  id,
  description,
  expectedOutput,
  ...(role === undefined ? {} : { role }),
  ...(context.length === 0 ? {} : { context }),
});

function agentOf(
  agents: z.output<typeof Crew>['agents'],
  role: string | undefined,
): z.output<typeof Crew>['agents'][number] {
  const agent = agents.find((one) => one.role === role);
  if (agent === undefined) throw new Error(`no agent has the role ${role}`);
  return agent;
}

function problemsOf({ agents, tasks, process }: z.output<typeof Crew>): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const roles = agents.map(({ role }) => role);
  for (const [i, role] of roles.entries()) {
    if (roles.indexOf(role) === i) continue;
    const message = `the role ${role} is taken by an agent before`;
    problems.push({ pointer: `/agents/${i}/role`, code: 'duplicate_id', message });
  }
  for (const [i, { id, role, context = [] }] of tasks.entries()) {
    const earlier = tasks.slice(0, i).map((one) => one.id);
    if (earlier.includes(id)) {
      problems.push({
        pointer: `/tasks/${i}/id`,
        code: 'duplicate_id',
        message: `the id ${id} is taken by a task before`,
      });
    }
    if (role === undefined && process === 'sequential') {
      const message = `role is missing: say whose task it is (${roles.join(', ')})`;
      problems.push({ pointer: `/tasks/${i}`, code: 'value_missing', message });
    }
    if (role !== undefined && !roles.includes(role)) {
      problems.push(unknownName(`/tasks/${i}/role`, 'no agent has the role', role, roles));
    }
    for (const [k, other] of context.entries()) {
      if (earlier.includes(other)) continue;
      problems.push(unknownName(`/tasks/${i}/context/${k}`, 'no earlier task is called', other, earlier));
    }
  }
  return problems;
}

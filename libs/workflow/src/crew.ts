import { Token, type WorkflowDefinition } from '@parley/contracts';
import { DefinitionError, type DefinitionProblem } from '@parley/core';
import { z } from 'zod';
import { type BuiltNode, sequence, workflow, type WorkflowOptions } from './builder.ts';
import { parseBody, unknownName } from './document-body.ts';
import { roleTask } from './role-task.ts';

const Text = z.string().min(1).max(20_000);

/** A team of roles and what they do, one after the other (after CrewAI). */
export const Crew = z.strictObject({
  process: z.enum(['sequential']).default('sequential'),
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
        /** Whose task it is. */
        role: Text,
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
export function crewRoot({ agents, tasks }: z.output<typeof Crew>): BuiltNode {
  const problems: DefinitionProblem[] = [];
  const roles = new Map(agents.map((agent) => [agent.role, agent]));
  for (const [i, { role }] of agents.entries()) {
    if (agents.findIndex((agent) => agent.role === role) < i) {
      problems.push({
        pointer: `/agents/${i}/role`,
        code: 'duplicate_id',
        message: `the role ${role} is taken by an agent before`,
      });
    }
  }
  const steps: BuiltNode[] = [];
  for (const [i, { id, role, description, expectedOutput, context }] of tasks.entries()) {
    const earlier = tasks.slice(0, i).map((one) => one.id);
    if (earlier.includes(id)) {
      problems.push({
        pointer: `/tasks/${i}/id`,
        code: 'duplicate_id',
        message: `the id ${id} is taken by a task before`,
      });
    }
    const agent = roles.get(role);
    if (agent === undefined)
      problems.push(unknownName(`/tasks/${i}/role`, 'no agent has the role', role, [...roles.keys()]));
    for (const [k, other] of (context ?? []).entries()) {
      if (!earlier.includes(other))
        problems.push(unknownName(`/tasks/${i}/context/${k}`, 'no earlier task is called', other, earlier));
    }
    const given = context ?? earlier.slice(-1);
    steps.push(
      roleTask({
        id,
        role,
        goal: agent?.goal ?? '',
        backstory: agent?.backstory,
        task: description,
        expectedOutput,
        context: Object.fromEntries(given.map((other) => [other, `/steps/${other}`])),
        capability: agent?.capability,
      }),
    );
  }
  if (problems.length > 0) throw new DefinitionError(problems);
  return sequence('crew', steps);
}

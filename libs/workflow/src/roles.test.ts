import { DefinitionError } from '@parley/core';
import { expect, test } from 'vitest';
import { crew, definitionDigest, problemLine, readWorkflow, sop, WorkflowFileError } from './index.ts';

const AGENTS = [
  { role: 'Researcher', goal: 'find facts', backstory: 'a careful reader' },
  { role: 'Writer', goal: 'clear prose', capability: 'write' },
];
const TASKS = [
  { id: 'find', description: 'Find facts.', expectedOutput: 'a list', role: 'Researcher' },
  { id: 'check', description: 'Check them.', expectedOutput: 'a verdict', role: 'Researcher' },
  { id: 'write', description: 'Write it up.', expectedOutput: 'a page', role: 'Writer', context: ['find', 'check'] },
];

test('a crew is a sequence of turns, each with its role and what earlier tasks made', () => {
  const { root } = crew({ name: 'report', agents: AGENTS, tasks: TASKS });
  expect(root).toMatchObject({
    kind: 'sequence',
    steps: [
      {
        id: 'find',
        capability: 'play_role',
        input: {
          role: 'Researcher',
          goal: 'find facts',
          backstory: 'a careful reader',
          task: 'Find facts.',
          expectedOutput: 'a list',
          context: {},
          input: { $from: '/input' },
        },
      },
      { id: 'check', input: { context: { find: { $from: '/steps/find' } } } },
      {
        id: 'write',
        capability: 'write',
        input: { context: { find: { $from: '/steps/find' }, check: { $from: '/steps/check' } } },
      },
    ],
  });
});

test('the lead of a hierarchical crew plans who does what; roles are its workers', () => {
  const tasks = TASKS.map(({ role: _role, context: _context, ...rest }) => rest);
  const { root } = crew({ name: 'report', process: 'hierarchical', agents: AGENTS, tasks });
  expect(root).toMatchObject({
    kind: 'supervisor',
    goal: { tasks: [{ id: 'find' }, { id: 'check' }, { id: 'write' }], input: { $from: '/input' } },
    plan: { capability: 'plan_work' },
    workers: [
      {
        name: 'Researcher',
        description: 'find facts',
        node: { capability: 'play_role', input: { task: { $from: '/assignment/instruction' } } },
      },
      { name: 'Writer', node: { capability: 'write' } },
    ],
    maxDelegations: 9,
  });
  expect(() => crew({ name: 'report', agents: AGENTS, tasks })).toThrow(
    /role is missing: say whose task it is \(Researcher, Writer\)/,
  );
});

const CREW = `name: report
crew:
  agents:
    - { role: Researcher, goal: find facts, backstory: a careful reader }
    - { role: Writer, goal: clear prose, capability: write }
  tasks:
    - { id: find, description: Find facts., expectedOutput: a list, role: Researcher }
    - { id: check, description: Check them., expectedOutput: a verdict, role: Researcher }
    - { id: write, description: Write it up., expectedOutput: a page, role: Writer, context: [find, check] }
`;

test('a crew in YAML and in TypeScript is the same definition', () => {
  expect(readWorkflow(CREW, 'crew.yaml').digest).toBe(
    definitionDigest(crew({ name: 'report', agents: AGENTS, tasks: TASKS })),
  );
});

function faultsOf(source: string): string[] {
  try {
    readWorkflow(source, 'f.yaml');
  } catch (error) {
    if (error instanceof WorkflowFileError) return error.problems.map(problemLine);
    throw error;
  }
  return [];
}

test.each([
  [
    'role: Writer, context',
    'role: Writr, context',
    'f.yaml:9:77: no agent has the role "Writr"; the nearest is Writer (reference_unknown)',
  ],
  [
    '[find, check]',
    '[find, chek]',
    'f.yaml:9:101: no earlier task is called "chek"; the nearest is check (reference_unknown)',
  ],
  ['id: check', 'id: find', 'f.yaml:8:13: the id find is taken by a task before (duplicate_id)'],
  [
    'role: Writer, goal',
    'role: Researcher, goal',
    'f.yaml:5:15: the role Researcher is taken by an agent before (duplicate_id)',
  ],
  ['goal: clear prose', 'gaol: clear prose', 'f.yaml:5:7: goal is missing; give a string (value_missing)'],
  ['  tasks:', '  process: consensus\n  tasks:', 'f.yaml:6:12: process is "consensus"'],
  [
    'capability: write',
    'capability: write it',
    'f.yaml:5:54: capability is "write it"; it must be 1 to 128 characters',
  ],
])('in a crew, %s in the place of %s is told with its line', (right, wrong, fault) => {
  expect(faultsOf(CREW.replace(right, wrong))).toContainEqual(
    expect.stringMatching(new RegExp(`^${fault.replaceAll(/[()[\]/.]/g, String.raw`\$&`)}`)),
  );
});

const role = (name: string, watches: string[], produces: string) => ({
  role: name,
  goal: `good ${produces}`,
  instruction: `Make ${produces}.`,
  watches,
  produces,
});
const ROLES = [
  role('Engineer', ['design'], 'code'),
  role('Manager', ['idea'], 'requirements'),
  role('Architect', ['requirements'], 'design'),
  role('Designer', ['requirements'], 'sketches'),
  role('Tester', ['code', 'sketches'], 'report'),
];

test('roles of a procedure begin when what they watch exists, side by side where they can', () => {
  const { root, limits } = sop({ name: 'software', start: 'idea', budgetUsd: 3.5, roles: ROLES });
  expect(limits).toEqual({ microUsd: 3_500_000 });
  expect(root).toMatchObject({
    kind: 'sequence',
    steps: [
      { id: 'requirements', input: { role: 'Manager', context: { idea: { $from: '/input' } } } },
      {
        kind: 'concurrent',
        branches: [
          { id: 'design', input: { context: { requirements: { $from: '/steps/requirements' } } } },
          { id: 'sketches' },
        ],
      },
      { id: 'code', input: { context: { design: { $from: '/steps/stage-2/0' } } } },
      { id: 'report', input: { context: { code: { $from: '/steps/code' }, sketches: { $from: '/steps/stage-2/1' } } } },
    ],
  });
});

test('the investment does not raise the limit of the workflow', () => {
  const made = sop({ name: 's', start: 'idea', budgetUsd: 5, roles: ROLES, limits: { tokens: 9, microUsd: 1_000 } });
  expect(made.limits).toEqual({ tokens: 9, microUsd: 1_000 });
});

test('roles that wait for each other are named, in the order in which artifacts would go', () => {
  const roles = [
    role('Manager', ['idea', 'report'], 'plan'),
    role('Coder', ['plan'], 'code'),
    role('Tester', ['code'], 'report'),
  ];
  expect(() => sop({ name: 's', start: 'idea', roles })).toThrow(
    /Manager \(plan\) → Coder \(code\) → Tester \(report\) → Manager/,
  );
  const alone = [role('Manager', ['plan'], 'plan')];
  expect(() => sop({ name: 's', start: 'idea', roles: alone })).toThrow(/Manager \(plan\) → Manager/);
});

test('a procedure whose artifacts nobody or two roles make is refused', () => {
  const roles = [role('A', ['idae'], 'plan'), role('B', ['idea'], 'plan')];
  expect(() => sop({ name: 's', start: 'idea', roles })).toThrow(DefinitionError);
  expect(() => sop({ name: 's', start: 'idea', roles })).toThrow(
    /watches what nobody makes: "idae"; the nearest is idea/,
  );
  expect(() => sop({ name: 's', start: 'idea', roles })).toThrow(/plan is made by A already/);
});

test('a procedure in YAML is the same definition, and a cycle in it has its line', () => {
  const yaml = `name: software
sop:
  start: idea
  budgetUsd: 3.5
  roles:
${ROLES.map((one) => `    - { role: ${one.role}, goal: ${one.goal}, instruction: ${one.instruction}, watches: [${one.watches}], produces: ${one.produces} }`).join('\n')}
`;
  const built = sop({ name: 'software', start: 'idea', budgetUsd: 3.5, roles: ROLES });
  expect(readWorkflow(yaml, 'f.yaml').digest).toBe(definitionDigest(built));
  const [fault] = faultsOf(yaml.replace('[idea]', '[idea, report]'));
  expect(fault).toMatch(/^f\.yaml:6:\d+: these roles wait for each other: .*\(unbounded_cycle\)$/);
});

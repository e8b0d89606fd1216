import { expect, test } from 'vitest';
import { problemLine, readWorkflow, WorkflowFileError } from './index.ts';

function faultsOf(source: string, file = 'flow.yaml'): string[] {
  try {
    readWorkflow(source, file);
  } catch (error) {
    if (error instanceof WorkflowFileError) return error.problems.map(problemLine);
    throw error;
  }
  return [];
}

const RESEARCH = `name: research
description: Plans, then works.
root:
  kind: sequence
  id: all
  steps:
    - { kind: task, id: plan, capability: plan }
    - kind: task
      id: work
      capability: work
      when: steps.plan.parts > 0
      input: { plan: { $from: /steps/plan } }
`;

test('a good file is a definition with its digest', () => {
  const { definition, digest, warnings } = readWorkflow(RESEARCH, 'flow.yaml');
  expect(definition).toMatchObject({
    name: 'research',
    root: { steps: [{ id: 'plan', attempts: 3 }, { id: 'work' }] },
  });
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(warnings).toEqual([]);
});

test('YAML and JSON of the same definition have the same digest, whatever the order of members', () => {
  const { definition, digest } = readWorkflow(RESEARCH, 'flow.yaml');
  const { name, description, root } = definition;
  const json = JSON.stringify({ $schema: './schema.json', root, description, name }, null, '\t');
  expect(readWorkflow(json, 'flow.json').digest).toBe(digest);
});

test('a list of steps is a sequence', () => {
  const steps = `name: short\nsteps:\n  - { kind: task, id: a, capability: a }\nstopWhen: previous.done\n`;
  const { definition } = readWorkflow(steps, 'flow.yaml');
  expect(definition.root).toMatchObject({
    kind: 'sequence',
    id: 'main',
    steps: [{ id: 'a' }],
    stopWhen: 'previous.done',
  });
});

test('every fault is told with its line and column, in their order', () => {
  const source = RESEARCH.replace('kind: task, id: plan', 'kind: tsak, id: plan').replace(
    'capability: work',
    'capabilty: work\n      performMs: 5',
  );
  expect(faultsOf(source, 'workflows/flow.yaml')).toEqual([
    expect.stringMatching(
      /^workflows\/flow\.yaml:7:15: kind "tsak" is unknown; the nearest is task .*\(kind_unknown\)$/,
    ),
    expect.stringMatching(/^workflows\/flow\.yaml:8:7: capability is missing; give a string \(value_missing\)$/),
    expect.stringMatching(
      /^workflows\/flow\.yaml:10:7: "capabilty" is not known here; the nearest is capability .*\(key_unknown\)$/,
    ),
    expect.stringMatching(/^workflows\/flow\.yaml:11:18: performMs is 5; the least is 100 \(limit_exceeded\)$/),
  ]);
});

test('what the plan says is wrong stands in its place too', () => {
  const source = RESEARCH.replace('id: all', 'id: work').replace('/steps/plan', '/steps/plna');
  expect(faultsOf(source)).toEqual([
    'flow.yaml:9:11: the id work is taken by /root (duplicate_id)',
    'flow.yaml:12:22: /steps/plna: no earlier step plna is visible here; the nearest is /steps/plan (reference_unknown)',
  ]);
});

test.each([
  ['plain', 'when: steps.plan.parts >', '11:31'],
  ['in double quotes', 'when: "steps.plan.parts >"', '11:32'],
  ['in single quotes', "when: 'steps.plan.parts >'", '11:32'],
  ['literal', 'when: |-\n        steps.plan.parts > 1 &&\n        (2', '13:11'],
  ['folded', 'when: >-\n        steps.plan.parts > 1 &&\n        (2', '13:11'],
])('a fault inside a %s expression has the place of its character', (_what, when, place) => {
  const [fault, ...more] = faultsOf(RESEARCH.replace('when: steps.plan.parts > 0', when));
  expect(more).toEqual([]);
  expect(fault).toContain('(expression_invalid)');
  expect(fault?.slice('flow.yaml:'.length, 'flow.yaml:'.length + place.length + 1)).toBe(`${place}:`);
});

test.each([
  ['an anchor and its alias', 'name: &n x\nroot: *n\n', ['1:10: anchors', '2:7: aliases']],
  [
    'a bomb of aliases',
    `a: &a [1]\n${'bcdefgh'.replaceAll(/./g, (c) => `${c}: &${c} [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n`)}`,
    ['1:7: anchors'],
  ],
  ['a tag', 'name: !!js/function "x"\nroot: 1\n', ['1:']],
  ['a tab', 'name: x\nroot:\n\tkind: task\n', ['3:1: a tab']],
  ['a name twice', 'name: x\nname: y\nroot: 1\n', ['2:1: this name stands here for the second time']],
  ['a name twice, deep inside', RESEARCH.replace('id: work', 'id: work\n      id: again'), ['10:7: this name']],
  ['no', RESEARCH.replace('id: work', 'id: no'), ['9:11: no means true or false']],
  ['yes in a list', RESEARCH.replace('$from: /steps/plan', 'a: [yes]'), ['12:28: yes means']],
  [
    '1e3 as an id',
    RESEARCH.replace('id: work', 'id: 1e3'),
    ['9:11: id is a text, and 1e3 without quotes is none in YAML; write "1e3"'],
  ],
  ['null as an id', RESEARCH.replace('id: work', 'id: ~'), ['9:11: id is a text, and ~ without']],
  ['a date-like octal', RESEARCH.replace('id: work', 'id: 0o17'), ['9:11: id is a text']],
  ['infinity', RESEARCH.replace('$from: /steps/plan', 'a: .inf'), ['12:27: .inf is no number of JSON']],
  [
    'a number that is not exact',
    RESEARCH.replace('$from: /steps/plan', 'a: 9007199254740993'),
    ['12:27: 9007199254740993 is too large'],
  ],
  ['a number as a name', RESEARCH.replace('$from: /steps/plan', '1: a'), ['12:24: a name is a text']],
  ['a list as a name', RESEARCH.replace('$from: /steps/plan', '? [a] : b'), ['12:26: a name is a text']],
  ['merging', RESEARCH.replace('$from: /steps/plan', '<<: { a: 1 }'), ['12:24: merging']],
  ['a directive', `%YAML 1.1\n---\n${RESEARCH}`, ['1:1: directives']],
  ['two documents', `${RESEARCH}---\nname: b\n`, ['13:1: a second document']],
])('%s is no part of YAML that is read', (_what, source, faults) => {
  const found = faultsOf(source);
  for (const fault of faults)
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`^flow\\.yaml:${fault.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}.*`)),
    );
  for (const fault of found) expect(fault).toMatch(/\(yaml_unsupported\)$/);
});

test.each([
  ['', 'flow.yaml:1:1: the file is empty; give a workflow with name and root (workflow_empty)'],
  ['# nothing\n', 'flow.yaml:1:1: the file is empty; give a workflow with name and root (workflow_empty)'],
  ['text', 'flow.yaml:1:1: a workflow is a map with name and root (workflow_empty)'],
  ['name: x\n', /^flow\.yaml:1:1: a workflow has one of root, steps.*workflow_empty/],
  ['name: x\nroot: 1\nsteps: []\n', /^flow\.yaml:3:1: .*root and steps do not go together \(form_unknown\)/],
  ['name: x\nsteps: []\n', 'flow.yaml:2:8: steps is empty; give at least one node (workflow_empty)'],
  ['name: [1\nroot: 2\n', /^flow\.yaml:2:1: no YAML: .*\(yaml_invalid\)/],
  ['name: x\n__proto__: 1\nroot: 2\n', /^flow\.yaml:2:1: the name __proto__ is not allowed.*\(key_forbidden\)/],
  ['\u{feff}name: x\n', /^flow\.yaml:1:1: .*\(encoding_invalid\)/],
  [
    `name: x\nroot: "${'x'.repeat(1_000_000)}"\n`,
    /^flow\.yaml:1:1: the file has 1000017 bytes; the most is 1000000 \(limit_exceeded\)/,
  ],
  [`name: x\nroot: ${'['.repeat(50_000)}`, /\(limit_exceeded\)/],
  [`name: x\nroot: ${'{a: '.repeat(600)}1${'}'.repeat(600)}`, /nests deeper than 500 levels.*\(limit_exceeded\)/],
])('%.40j is refused', (source, fault) => {
  expect(faultsOf(source)[0]).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
});

test.each([
  [
    '{"name": "x",\n "root": }',
    /^flow\.json:2:10: no JSON: here stands "}" where a value should stand \(json_invalid\)/,
  ],
  [
    '{"name": "x"',
    /^flow\.json:1:13: no JSON: the file ends where a comma or the end of what is open should stand \(json_invalid\)/,
  ],
  [
    '{"name": "x", "root": {},\n\t"name": "y"}',
    /^flow\.json:2:2: this name stands here for the second time.*\(key_duplicate\)/,
  ],
  [
    '{"name": "x",\n\t"root": {"kind": "task", "id": "no", "capability": 1}}',
    /^flow\.json:2:53: capability is 1; it must be a string \(value_invalid\)/,
  ],
  [
    '{"name": "x", "root": {"kind": "task", "id": "a", "capability": "b", "when": "input == \\"\\" &"}}',
    /^flow\.json:1:93: .*\(expression_invalid\)/,
  ],
  ['name: x', /\(json_invalid\)/],
])('JSON %j is refused with line and column', (source, fault) => {
  expect(faultsOf(source, 'flow.json')[0]).toMatch(fault);
});

test('a secret is found in its line and not shown', () => {
  const [fault] = faultsOf(RESEARCH.replace('{ $from: /steps/plan }', 'postgres://me:hunter2@db'));
  expect(fault).toMatch(/^flow\.yaml:12:22: .*a password in a URL.*\(secret_inline\)$/);
  expect(fault).not.toContain('hunter2');
});

test('capabilities and agents that nobody has registered are warnings with the nearest name', () => {
  const source = RESEARCH.replace('capability: work', 'capability: wrok\n      agents: [ann, bob]').replace(
    '$from: /steps/plan',
    'capability: data',
  );
  const { warnings } = readWorkflow(source, 'flow.yaml', { capabilities: ['plan', 'work'], agents: ['anna', 'bob'] });
  expect(warnings.map(problemLine)).toEqual([
    'flow.yaml:10:19: no agent can wrok; the nearest is work (reference_unknown)',
    'flow.yaml:11:16: no agent ann is registered; the nearest is anna (reference_unknown)',
  ]);
});

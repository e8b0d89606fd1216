import { expect, test } from 'vitest';
import { nodeKinds, readDefinition } from './index.ts';

const task = (more: object) => ({ kind: 'task', id: 't', capability: 'work', ...more });

function faultsOf(root: unknown): [pointer: string, message: string][] {
  const read = readDefinition({ name: 'test', root });
  return 'problems' in read ? read.problems.map(({ pointer, message }) => [pointer, message]) : [];
}

test('a definition comes back with its defaults', () => {
  expect(readDefinition({ name: 'test', root: task({}) })).toMatchObject({
    definition: { v: 1, root: { attempts: 3, criteria: 'balanced' } },
  });
});

test.each<[unknown, string, string]>([
  [{ ...task({}), kind: 'tsak' }, '/root/kind', 'kind "tsak" is unknown; the nearest is task (known: task, '],
  [{ id: 't' }, '/root/kind', 'kind is missing; it is one of task, '],
  [task({ attemps: 3 }), '/root/attemps', '"attemps" is not known here; the nearest is attempts (known: '],
  [task({ id: 7 }), '/root/id', 'id is 7; it must be a string'],
  [task({ id: 'a.b' }), '/root/id', 'id is "a.b"; it must be 1 to 128 characters of A-Z a-z 0-9 _ -'],
  [{ kind: 'task', id: 't' }, '/root/capability', 'capability is missing; give a string'],
  [task({ attempts: 21 }), '/root/attempts', 'attempts is 21; the most is 20'],
  [task({ performMs: 1 }), '/root/performMs', 'performMs is 1; the least is 100'],
  [task({ agents: [] }), '/root/agents', 'agents has 0 entries; the least is 1'],
  [task({ when: 'x'.repeat(4_001) }), '/root/when', 'when has 4001 characters; the most is 4000'],
  [
    task({ criteria: 'qualty' }),
    '/root/criteria',
    'criteria is "qualty"; it must be one of balanced, cost, quality, time, an object; the nearest is quality',
  ],
  [
    task({ criteria: { costs: 1 } }),
    '/root/criteria/costs',
    '"costs" is not known here; the nearest is cost (known: cost, quality, time)',
  ],
  [{ kind: 'sequence', id: 's', steps: [4] }, '/root/steps/0', 'entry 1 is 4; it must be an object'],
  [
    { kind: 'concurrent', id: 'c', branches: [task({})], merge: { by: 'votes' } },
    '/root/merge/by',
    'by "votes" is unknown; the nearest is vote (known: list, vote, ',
  ],
  [{ kind: 'concurrent', id: 'c' }, '/root', 'root: give either branches or map'],
  [
    { kind: 'gate', id: 'g', node: task({}), checks: [{ validator: { capabilty: 'x' } }] },
    '/root/checks/0/validator/capability',
    'capability is missing; give a string',
  ],
])('%j: what is wrong, where, and what was meant', (root, pointer, message) => {
  const [fault] = faultsOf(root);
  expect(fault?.[0]).toBe(pointer);
  expect(fault?.[1].slice(0, message.length)).toBe(message);
});

test.each([[null], [[]], ['text'], [3], [undefined]])('%j is no workflow', (value) => {
  expect(readDefinition(value)).toMatchObject({ problems: [{ code: 'workflow_empty', pointer: '' }] });
});

test('every kind of node has its name in the schema', () => {
  expect(nodeKinds()).toEqual(expect.arrayContaining(['task', 'sequence', 'concurrent', 'gate']));
  expect(nodeKinds()).not.toContain('');
});

import { expect, test } from 'vitest';
import { define, from, sequence, task } from '../test/world.ts';
import { compilePlan, DefinitionError, type DefinitionProblem } from './index.ts';

function problemsOf(root: unknown, more: object = {}): readonly DefinitionProblem[] {
  try {
    compilePlan(define(root, more), 'd');
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems;
    throw error;
  }
  return [];
}

const map = (node: unknown, over: unknown = []) => ({ kind: 'concurrent', id: 'm', map: { over, node } });
const gate = (node: unknown, ...checks: unknown[]) => ({ kind: 'gate', id: 'g', node, checks });
const judge = (input: unknown) => ({ validator: { capability: 'judge', performMs: 1_000, attempts: 1, input } });

test.each([
  ['the input of the run', task('a', { input: from('/input/x') })],
  ['an earlier step', sequence('s', task('a'), task('b', { input: [from('/steps/a'), from('/previous')] }))],
  [
    'an earlier step of an outer sequence',
    sequence('s', task('a'), map(sequence('t', task('b', { input: from('/steps/a') })))),
  ],
  [
    'the output before a nested first step',
    sequence('s', task('a'), sequence('t', task('b', { input: from('/previous') }))),
  ],
  ['the item and index', map(task('a', { input: { i: from('/item/x'), n: from('/index') } }))],
  ['a map over an earlier step', sequence('s', task('a'), map(task('b'), from('/steps/a/list')))],
  [
    'the feedback and the candidate',
    gate(task('a', { input: from('/feedback') }), judge([from('/candidate'), from('/feedback')])),
  ],
])('%s can be referred to', (_what, root) => {
  expect(problemsOf(root)).toEqual([]);
});

test.each([
  [
    'a later step',
    sequence('s', task('a', { input: from('/steps/b') }), task('b')),
    '/root/steps/0/input',
    'no earlier step b',
  ],
  [
    'itself',
    sequence('s', task('a'), task('b', { input: from('/steps/b') })),
    '/root/steps/1/input',
    'the nearest is /steps/a',
  ],
  [
    'a step inside a step',
    sequence('s', sequence('t', task('a')), task('b', { input: from('/steps/a') })),
    '/root/steps/1/input',
    '/steps/t',
  ],
  [
    'a misspelt step',
    sequence('s', task('research'), task('b', { input: { x: from('/steps/reserch') } })),
    '/root/steps/1/input/x',
    '/steps/research',
  ],
  ['a misspelt name', task('a', { input: { 'x/y': [from('/inptu')] } }), '/root/input/x~1y/0', 'the nearest is /input'],
  [
    'the output before the first step',
    sequence('s', task('a', { input: from('/previous') })),
    '/root/steps/0/input',
    '/previous',
  ],
  ['an item outside a map', task('a', { input: from('/item') }), '/root/input', '/item'],
  ['an item in what is mapped over', map(task('a'), from('/item')), '/root/map/over', '/item'],
  [
    'the candidate in the node',
    gate(task('a', { input: from('/candidate') }), judge(1)),
    '/root/node/input',
    '/candidate',
  ],
  ['a pointer without a slash', task('a', { input: from('input') }), '/root/input', 'JSON Pointer'],
  ['a pointer with a bad escape', task('a', { input: from('/input/~2') }), '/root/input', 'JSON Pointer'],
  ['a $from with company', task('a', { input: { $from: '/input', and: 1 } }), '/root/input', 'stands alone'],
  ['all steps', sequence('s', task('a'), task('b', { input: from('/steps') })), '/root/steps/1/input', '/steps'],
])('a reference to %s is unknown', (_what, root, pointer, message) => {
  expect(problemsOf(root)).toMatchObject([
    { code: 'reference_unknown', pointer, message: expect.stringContaining(message) },
  ]);
});

test('all problems are told at once', () => {
  const root = sequence(
    's',
    task('s'),
    task('b', { input: from('/steps/c') }),
    gate(task('b'), { schema: { type: 'nothing' } }),
  );
  expect(
    problemsOf(root, { inputSchema: { type: 'string', minimum: 1 } }).map(({ code, pointer }) => [code, pointer]),
  ).toEqual([
    ['schema_invalid', '/inputSchema'],
    ['duplicate_id', '/root/steps/0/id'],
    ['reference_unknown', '/root/steps/1/input'],
    ['schema_invalid', '/root/steps/2/checks/0/schema'],
    ['duplicate_id', '/root/steps/2/node/id'],
  ]);
});

test('ten thousand nodes are allowed and not one more', () => {
  const half = (id: string, n: number) => sequence(id, ...Array.from({ length: n }, (_, i) => task(`${id}${i}`)));
  expect(problemsOf(sequence('s', half('a', 5_000), half('b', 4_997)))).toEqual([]);
  expect(problemsOf(sequence('s', half('a', 5_000), half('b', 4_998)))).toMatchObject([{ code: 'limit_exceeded' }]);
});

test('a hundred levels are allowed and not one more', () => {
  const nested = (levels: number) =>
    Array.from({ length: levels - 1 }).reduce<unknown>((inner, _, i) => sequence(`s${i}`, inner), task('t'));
  expect(problemsOf(nested(100))).toEqual([]);
  expect(problemsOf(nested(102))).toMatchObject([{ code: 'limit_exceeded' }]);
});

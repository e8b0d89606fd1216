import { expect, test } from 'vitest';
import { parsePointer, resolveElement, resolveTemplate, UnresolvedInput } from './template.ts';

const scope = { input: { a: [10, { b: null }], 'x/y': 1, '~': 2, '': 3 } };
const lookup = ([name]: readonly string[]) => (name === 'input' ? { value: scope.input, used: 1 } : undefined);

test.each([
  ['/input/a/0', 10],
  ['/input/a/1/b', null],
  ['/input/x~1y', 1],
  ['/input/~0', 2],
  ['/input/', 3],
])('%s is found', (pointer, value) => {
  expect(resolveTemplate({ deep: [{ $from: pointer }] }, lookup)).toEqual({ deep: [value] });
});

test.each([
  '/input/a/2',
  '/input/a/-1',
  '/input/a/01',
  '/input/a/length',
  '/input/toString',
  '/input/a/0/x',
  '/other',
  'input',
  '/input/~2',
])('%s has no value', (pointer) => {
  expect(() => resolveTemplate({ $from: pointer }, lookup)).toThrow(UnresolvedInput);
  expect(() => resolveTemplate({ $from: pointer }, lookup)).toThrow(pointer);
});

test('what a reference yields is not read as a template', () => {
  const value = { $from: '/input' };
  expect(resolveTemplate({ $from: '/x' }, () => ({ value, used: 1 }))).toBe(value);
});

test('an element is resolved alone', () => {
  expect(resolveElement([{ $from: '/missing' }, { $from: '/input/~0' }], 1, lookup)).toBe(2);
  expect(resolveElement({ $from: '/input/a' }, 0, lookup)).toBe(10);
  expect(resolveElement({ $from: '/input/a' }, 9, lookup)).toBeUndefined();
});

test('tilde one is decoded before tilde zero', () => {
  expect(parsePointer('/~01')).toEqual(['~1']);
});

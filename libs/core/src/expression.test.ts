import { expect, test } from 'vitest';
import { compileExpression, ExpressionFailed, ExpressionInvalid } from './expression.ts';
import type { Lookup } from './template.ts';

const scope: Lookup = ([name, step]) => {
  if (name === 'input') return { value: { n: 1, list: [1, 2, 3], text: 'hello' }, used: 1 };
  return name === 'steps' && step === 'plan-it' ? { value: { score: 0.9 }, used: 2 } : undefined;
};
const value = (text: string) => compileExpression(text).evaluate(scope);

test.each([
  ['input.n < 2', true],
  ['input.n + 1.0', 2],
  ['1 + 1', 2],
  ['steps["plan-it"].score >= 0.8 && input.text.startsWith("he")', true],
  ['input.list.filter(x, x > 1)', [2, 3]],
  ['has(input.zip)', false],
  ['{"a": input.n}', { a: 1 }],
])('%s is %j', (text, expected) => expect(value(text)).toEqual(expected));

test('names of its own hide those of the scope', () => {
  expect(compileExpression('input == "own"').evaluate(scope, { input: 'own' })).toBe(true);
});

test('says what it reads, but not the variables of its loops', () => {
  const { reads } = compileExpression('input.list.exists(x, x == steps.a.y) && steps["b-c"].z');
  expect(reads.map(({ name, step }) => (step === undefined ? name : `${name}.${step}`))).toEqual([
    'input',
    'steps.a',
    'steps.b-c',
  ]);
});

test.each([
  ['input.', /IDENTIFIER/],
  ['constructor.constructor("return process")()', /Unexpected/],
  ['input.text.matches("(a+)+$")', /matches is not offered/],
  ['input.a.exists(x, x.b.exists(y, y.c.exists(z, z)))', /loops nest/],
  [`input${'.a'.repeat(500)}`, /maxDepth/],
])('%s is refused', (text, message) => {
  expect(() => compileExpression(text)).toThrow(ExpressionInvalid);
  expect(() => compileExpression(text)).toThrow(message);
});

test.each(['input.zip == 1', '1 / 0', 'input.constructor', 'input.__proto__', 'input.n + 1'])(
  '%s has no value',
  (text) => expect(() => value(text)).toThrow(ExpressionFailed),
);

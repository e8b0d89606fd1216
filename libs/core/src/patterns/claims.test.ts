import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimIn, withoutClaims } from './claims.ts';

test.each([
  [{ passes: true }, '/passes'],
  [{ Passed: 'yes' }, '/Passed'],
  [{ files: [], feature: { id: 'a', tested: 1 } }, '/feature/tested'],
  [{ features: [{ id: 'a' }, { id: 'b', status: ' Done ' }] }, '/features/1/status'],
  [[{ 'a/b': { verified: {} } }], '/0/a~1b/verified'],
])('%j claims that something was tested, at %s', (output, pointer) => {
  expect(claimIn(output)).toBe(pointer);
});

test.each([
  [null],
  [7],
  ['passes: true'],
  [{ files: [{ path: 'passed', content: '{"passes":true}' }] }],
  [{ passes: false, verified: null, status: 'in progress' }],
  [['passed', 'tested']],
])('%j claims nothing', (output) => {
  expect(claimIn(output)).toBeUndefined();
});

test('a claim is found wherever it hides', () => {
  const name = fc.constantFrom('passes', 'passed', 'tested', 'verified', 'PASSES');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), name, fc.array(fc.string(), { maxLength: 4 }), (noise, claim, way) => {
      const hidden = way.reduceRight<unknown>((inner, key) => ({ noise: 1, [key]: [inner] }), { [claim]: true });
      expect(claimIn({ hidden, noise } as never)).toBeDefined();
    }),
  );
});

test('a feature is shown without what it claims', () => {
  expect(withoutClaims({ id: 'a', passes: true, status: 'done', description: 'x' })).toEqual({
    id: 'a',
    description: 'x',
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitJson } from './json-in-text.ts';

test('JSON between prose is found, and brackets that are no JSON stay prose', () => {
  const { values, prose } = splitJson('See [1] and {x}. Data: {"a": "}]", "b": [1]} then ["c"]. End (ok).');
  expect(values).toEqual([[1], { a: '}]', b: [1] }, ['c']]);
  expect(prose).toContain('and {x}. Data:');
  expect(prose).toContain('End (ok).');
});

test('any JSON object survives being put into prose', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(splitJson(`Here: ${JSON.stringify(value)}\nDone`).values[0]).toEqual(plain);
    }),
  );
});

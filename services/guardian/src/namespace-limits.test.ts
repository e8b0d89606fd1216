import { expect, test } from 'vitest';
import { parseNamespaceLimits } from './namespace-limits.ts';

test('limits are read per namespace', () => {
  expect(parseNamespaceLimits('{"acme":{"tokens":10,"microUsd":5},"b":{}}')).toEqual({
    acme: { tokens: 10, microUsd: 5 },
    b: {},
  });
});

test.each([
  ['{', /is not JSON/],
  ['[]', /object of namespaces/],
  ['{"a.b":{}}', /"a\.b" is not a namespace/],
  ['{"acme":{"token":1}}', /acme: .*token/],
  ['{"acme":{"tokens":-1}}', /acme\.tokens/],
  ['{"acme":{"tokens":1.5}}', /acme\.tokens/],
])('%s is refused by name', (text, message) => {
  expect(parseNamespaceLimits(text)).toMatch(message);
});

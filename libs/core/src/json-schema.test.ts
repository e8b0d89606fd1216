import type { Json } from '@parley/contracts';
import { expect, test } from 'vitest';
import { jsonSchemaCheck } from './json-schema.ts';

const object = (more: { [key: string]: Json }) => ({ type: 'object', ...more });

test.each<[schema: { [key: string]: Json }, fits: Json[], fails: Json[]]>([
  [object({ required: ['a'] }), [{ a: 1 }, { a: null, b: 2 }], [{}, { b: 1 }, [], 'a']],
  [object({ properties: { a: { type: 'string', default: 'x' } }, required: ['a'] }), [{ a: '' }], [{}, { a: 1 }]],
  [
    object({ properties: { a: { type: 'integer', minimum: 1 } }, additionalProperties: false }),
    [{}, { a: 1 }],
    [{ a: 0.5 }, { a: 0 }, { b: 1 }],
  ],
  [object({ required: ['a'], additionalProperties: { type: 'number' } }), [{ a: 1 }], [{ a: 'x' }, {}]],
  [{ type: 'array', minItems: 1 }, [[1], ['x', null]], [[], {}]],
  [
    { type: 'array', items: { type: 'string', minLength: 2 }, maxItems: 2 },
    [[], ['ab']],
    [['a'], ['ab', 'cd', 'ef'], [1]],
  ],
  [{ type: ['string', 'null'], pattern: '^x' }, ['xy', null], ['y', 1]],
  [{ type: 'string', enum: ['a', 'b'] }, ['a'], ['c', null]],
  [{ anyOf: [object({ required: ['a'] }), object({ required: ['b'] })] }, [{ a: 1 }, { b: 1 }], [{}, { c: 1 }]],
  [{ $defs: { n: { type: 'number' } }, type: 'array', items: { $ref: '#/$defs/n' } }, [[1], []], [['1']]],
  [{ title: 'anything', description: 'at all' }, [null, 1, {}], []],
])('the schema %j accepts and refuses what it should', (schema, fits, fails) => {
  const check = jsonSchemaCheck(schema);
  for (const value of fits) expect(check(value)).toBeUndefined();
  for (const value of fails) expect(check(value)).toMatch(/./);
});

test.each<[{ [key: string]: Json }, string]>([
  [{ required: ['a'] }, 'required needs "type": "object"'],
  [object({ properties: { a: { minLength: 2 } } }), '#/properties/a: minLength needs'],
  [{ not: { type: 'string' } }, 'not is not supported'],
  [object({ dependencies: {} }), 'dependencies is not supported'],
  [{ $ref: '#/$defs/a/b' }, '$ref is'],
  [{ $defs: { a: {} }, $ref: '#/$defs/a', type: 'string' }, 'beside $ref'],
  [{ enum: [{ a: 1 }] }, 'enum takes'],
  [{ type: 'string', enum: [1] }, 'not of its type'],
  [{ anyOf: [{}], oneOf: [{}] }, 'needs a "type"'],
  [{ type: 'thing' }, 'thing'],
  [{ type: 'string', pattern: '(' }, 'regular expression'],
  [object({ properties: { a: 5 } }), 'is not a schema'],
])('the schema %j is refused instead of being checked in part', (schema, message) => {
  expect(() => jsonSchemaCheck(schema)).toThrow(message);
});

test('the same schema with an id compiles twice', () => {
  const schema = { $id: 'https://example.com/s', type: 'string' };
  expect(jsonSchemaCheck(schema)('x')).toBeUndefined();
  expect(jsonSchemaCheck(schema)(1)).toContain('string');
});

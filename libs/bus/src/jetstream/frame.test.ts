import { expect, test } from 'vitest';
import fc from 'fast-check';
import { asMsgHdrs, decodeHeaders, encodeHeaders, statusOf } from './frame.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
const value = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, '').trim());

test('headers come back as they were written', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (headers) => {
      expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
    }),
  );
});

test('a second set of headers is appended, and the last value of a name counts', () => {
  expect(decodeHeaders(encodeHeaders({ a: '1', b: '2' }, { b: '3', c: 'x: y' }))).toEqual({
    a: '1',
    b: '3',
    c: 'x: y',
  });
});

test.each(['a\r\nNats-Rollup: all', 'a\nb', 'a\rb'])('a value cannot begin another header: %j', (text) => {
  expect(() => encodeHeaders({ a: text })).toThrow(/line break/);
});

test.each(['a b', 'a:b', 'a\nb'])('a name cannot end early: %j', (text) => {
  expect(() => encodeHeaders({ [text]: 'v' })).toThrow(/invalid name/);
});

test.each([
  ['NATS/1.0 503\r\n\r\n', { code: 503, text: '' }],
  ['NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n', { code: 408, text: 'Request Timeout' }],
  ['NATS/1.0\r\na: b\r\n\r\n', undefined],
])('the status of %j', (block, status) => {
  expect(statusOf(bytes(block))).toEqual(status);
});

test('the client gets the encoded bytes as they are', () => {
  const block = encodeHeaders({ a: 'b' });
  expect((asMsgHdrs(block) as unknown as { encode(): Uint8Array }).encode()).toBe(block);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContractError } from './errors.ts';
import { canonicalJson, decodeUntrustedJson } from './json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = (payload: Uint8Array): string | undefined => {
  try {
    decodeUntrustedJson(payload);
    return undefined;
  } catch (error) {
    return error instanceof ContractError ? error.code : String(error);
  }
};

test.each([
  ['an empty payload', new Uint8Array(), 'body_required'],
  ['cut JSON', bytes('{'), 'json_invalid'],
  ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), 'encoding_invalid'],
  ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'encoding_invalid'],
  ['a lone surrogate', bytes(String.raw`{"a":"\ud800"}`), 'text_invalid'],
  ['1,000 nested arrays', bytes('['.repeat(1_000) + ']'.repeat(1_000)), 'json_too_deep'],
  ['__proto__ as a key', bytes('{"a":{"__proto__":{"x":1}}}'), 'key_forbidden'],
  ['constructor as a key', bytes('{"constructor":1}'), 'key_forbidden'],
  ['a lone surrogate in a key', bytes(String.raw`{"\udc00":1}`), 'text_invalid'],
])('%s is refused', (_, payload, code) => {
  expect(codeOf(payload)).toBe(code);
});

test('brackets inside strings do not count as depth', () => {
  expect(codeOf(bytes(JSON.stringify({ a: '['.repeat(500), b: '\\"[[' })))).toBeUndefined();
});

test('canonical JSON depends on the value alone, not on the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

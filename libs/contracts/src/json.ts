import { z } from 'zod';
import { ContractError } from './errors.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Any JSON value. Not traversed: what `JSON.parse` returned is JSON already. */
export const Json = z.custom<Json>((value) => value !== undefined, 'a JSON value is required');

const decoder = new TextDecoder('utf-8', { fatal: true });

export const encodeJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Parses a payload written by Parley itself. Throws `ContractError` (`json_invalid`). */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (cause) {
    throw new ContractError('json_invalid', `payload is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The deepest nesting accepted from outside. */
export const MAX_JSON_DEPTH = 64;

/**
 * Parses a payload from outside: UTF-8 without BOM, depth at most 64, no key that reaches a prototype, no lone surrogate.
 * Throws `ContractError` with `body_required`, `encoding_invalid`, `json_invalid`, `json_too_deep`, `key_forbidden` or `text_invalid`.
 */
export function decodeUntrustedJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new ContractError('body_required', 'the payload is empty; send a JSON object');
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new ContractError('encoding_invalid', 'the payload is not UTF-8', { cause });
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new ContractError('encoding_invalid', 'the payload starts with a byte order mark; send plain UTF-8');
  }
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ContractError('json_invalid', `the payload is not JSON: ${(cause as Error).message}`, { cause });
  }
  checkKeysAndText(value);
  return value;
}

function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > MAX_JSON_DEPTH) {
        throw new ContractError('json_too_deep', `the payload nests deeper than ${MAX_JSON_DEPTH} levels`);
      }
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function checkKeysAndText(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new ContractError('text_invalid', 'a string has a lone surrogate');
  } else if (Array.isArray(value)) {
    for (const item of value) checkKeysAndText(item);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key)) throw new ContractError('key_forbidden', `the key ${key} is not allowed`);
      checkKeysAndText(key);
      checkKeysAndText(item);
    }
  }
}

/** Canonical JSON: keys sorted by code unit, no spaces, `undefined` left out. The input of every hash (after RFC 8785). */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? `${value}` : JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Record<string, unknown>);
    default:
      return JSON.stringify(value);
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) out += (i === 0 ? '' : ',') + canonicalJson(items[i] ?? null);
  return `${out}]`;
}

function canonicalObject(record: Record<string, unknown>): string {
  const keys = sortedKeys(record);
  let out = '{';
  for (const key of keys) {
    const value = record[key];
    if (value !== undefined) out += `${out.length > 1 ? ',' : ''}${quotedKey(key)}:${canonicalJson(value)}`;
  }
  return `${out}}`;
}

/** Up to this many keys an insertion sort is faster than the built-in sort. */
const FEW_KEYS = 16;

function sortedKeys(record: Record<string, unknown>): string[] {
  const keys = Object.keys(record);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

const quotedKeys = new Map<string, string>();

/** Keys repeat: the first thousand different ones are quoted once. */
function quotedKey(key: string): string {
  let quoted = quotedKeys.get(key);
  if (quoted === undefined) {
    quoted = JSON.stringify(key);
    if (quotedKeys.size < 1_000) quotedKeys.set(key, quoted);
  }
  return quoted;
}

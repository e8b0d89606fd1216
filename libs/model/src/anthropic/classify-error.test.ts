import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { ModelError } from '../errors.ts';
import { classifyError, retryAfterMs } from './classify-error.ts';

const calm = { aborted: false, idle: false, streaming: false, nowMs: 0 };

function apiError(status: number, type: string | undefined, headers: Record<string, string> = {}, details?: object) {
  const body = type === undefined ? {} : { type: 'error', error: { type, message: 'no', details } };
  return APIError.generate(status, body, undefined, new Headers(headers));
}

test.each([
  [400, 'invalid_request_error', 'invalid_request', false],
  [401, 'authentication_error', 'authentication', false],
  [402, 'billing_error', 'spend_limit', false],
  [403, 'permission_error', 'permission', false],
  [404, 'not_found_error', 'not_found', false],
  [413, 'request_too_large', 'too_large', false],
  [422, undefined, 'invalid_request', false],
  [429, 'rate_limit_error', 'rate_limited', true],
  [500, 'api_error', 'server_error', true],
  [502, undefined, 'server_error', true],
  [504, 'timeout_error', 'timeout', true],
  [529, 'overloaded_error', 'overloaded', true],
])('status %i with %s is %s', (status, type, code, retryable) => {
  const cause = apiError(status, type);
  expect(classifyError(cause, calm)).toMatchObject({ code, retryable, status, cause });
});

test('an overload inside a stream is recognised by its type', () => {
  const body = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };
  const inStream = new APIError(undefined, body, undefined, new Headers());
  expect(classifyError(inStream, { ...calm, streaming: true })).toMatchObject({ code: 'overloaded', retryable: true });
});

test('a spent budget at the provider is not retried', () => {
  const error = apiError(429, 'rate_limit_error', {}, { error_code: 'enforced_spend_limit_reached' });
  expect(classifyError(error, calm)).toMatchObject({ code: 'spend_limit', retryable: false });
});

test('the wish for a delay is read from milliseconds, seconds or a date', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(retryAfterMs(new Headers({ 'retry-after-ms': '15', 'retry-after': '9' }), nowMs)).toBe(15);
  expect(retryAfterMs(new Headers({ 'retry-after': '1.5' }), nowMs)).toBe(1_500);
  expect(retryAfterMs(new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:02 GMT' }), nowMs)).toBe(2_000);
  expect(retryAfterMs(new Headers({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }), nowMs)).toBe(0);
  expect(retryAfterMs(new Headers({ 'retry-after': 'soon' }), nowMs)).toBeUndefined();
  expect(retryAfterMs(undefined, nowMs)).toBeUndefined();
});

test('the caller aborting wins over whatever it caused', () => {
  expect(classifyError(new TypeError('terminated'), { ...calm, aborted: true, idle: true }).code).toBe('aborted');
});

test('a broken connection is a cut stream after the headers and a connection error before', () => {
  const broken = new TypeError('terminated', { cause: new Error('other side closed') });
  expect(classifyError(broken, { ...calm, streaming: true })).toMatchObject({ code: 'stream_cut', cause: broken });
  const refused = new APIConnectionError({ cause: new Error('ECONNREFUSED') });
  expect(classifyError(refused, calm)).toMatchObject({ code: 'connection', cause: refused });
  expect(classifyError(new APIConnectionTimeoutError(), calm)).toMatchObject({ code: 'timeout', retryable: true });
});

test('a fault found in the stream gets the usage known so far', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const found = classifyError(new ModelError('protocol', 'odd'), { ...calm, streaming: true, usage });
  expect(found).toMatchObject({ code: 'protocol', usage });
});

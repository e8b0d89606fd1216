import { currentTraceparent } from '@parley/tracing';
import { expect, test } from 'vitest';
import { inRequestSpan } from './request-span.ts';

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('a request is answered in the trace that it carries', async () => {
  const seen = inRequestSpan('parley.permit.request', { headers: { traceparent: TRACEPARENT } }, async () =>
    currentTraceparent(),
  );
  expect(await seen).toBe(TRACEPARENT);
});

test('a request of no trace begins none', async () => {
  expect(await inRequestSpan('parley.permit.renew', { headers: {} }, async () => currentTraceparent())).toBeUndefined();
});

test('what the answer throws reaches the asker', async () => {
  const failure = new Error('broken');
  const headers = { traceparent: TRACEPARENT };
  await expect(inRequestSpan('parley.permit.settle', { headers }, () => Promise.reject(failure))).rejects.toBe(failure);
});

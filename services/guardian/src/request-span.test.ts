import { type Context, propagation, trace, type TracerProvider } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { inRequestSpan } from './request-span.ts';

afterEach(() => {
  trace.disable();
  propagation.disable();
});

test('the span is a child of the trace that the request carries, and ends with the answer', async () => {
  const CALLER = Symbol('caller');
  propagation.setGlobalPropagator({
    inject() {},
    extract: (parent, carrier) => parent.setValue(CALLER, (carrier as { traceparent?: string }).traceparent),
    fields: () => ['traceparent'],
  });
  const started: { name: string; caller: unknown }[] = [];
  const end = vi.fn<() => void>();
  const span = { end, recordException: vi.fn<() => void>(), setStatus: vi.fn<() => void>() };
  const startActiveSpan = (
    name: string,
    _options: object,
    parent: Context,
    run: (each: object) => unknown,
  ): unknown => {
    started.push({ name, caller: parent.getValue(CALLER) });
    return run(span);
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) } as unknown as TracerProvider);

  const headers = { traceparent: '00-abc' };
  expect(await inRequestSpan('parley.permit.request', { headers }, async () => 'granted')).toBe('granted');
  expect(started).toEqual([{ name: 'parley.permit.request', caller: '00-abc' }]);
  expect(end).toHaveBeenCalledTimes(1);
  const failure = new Error('broken');
  await expect(inRequestSpan('parley.permit.renew', { headers }, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(span.recordException).toHaveBeenCalledWith(failure);
  expect(end).toHaveBeenCalledTimes(2);
});

test('without an SDK the answer is given all the same', async () => {
  expect(await inRequestSpan('parley.permit.request', { headers: {} }, async () => 1)).toBe(1);
});

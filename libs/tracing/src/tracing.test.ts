import { context, type Span, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { afterEach, describe, expect, test } from 'vitest';
import { currentTraceparent, newTraceparent, parseTraceparent, traceparentOf, withSpan } from './tracing.ts';

describe('without an SDK', () => {
  test('a given traceparent passes through unchanged, over awaits and nested spans', async () => {
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const seen = await withSpan('outer', { parent }, async (span) => {
      await Promise.resolve();
      return withSpan('inner', {}, (inner) => [traceparentOf(span), traceparentOf(inner), currentTraceparent()]);
    });
    expect(seen).toEqual([parent, parent, parent]);
    expect(currentTraceparent()).toBeUndefined();
  });

  test('concurrent spans keep their own trace', async () => {
    const parents = Array.from({ length: 20 }, newTraceparent);
    const seen = await Promise.all(
      parents.map((parent, index) =>
        withSpan('x', { parent }, async () => {
          for (let turn = 0; turn < index; turn++) await Promise.resolve();
          return currentTraceparent();
        }),
      ),
    );
    expect(seen).toEqual(parents);
  });

  test('nothing is made up: without a parent, or with a malformed one, there is no traceparent', () => {
    expect(withSpan('x', {}, traceparentOf)).toBeUndefined();
    expect(withSpan('x', { parent: 'nonsense' }, () => currentTraceparent())).toBeUndefined();
  });

  test('results and errors pass through', async () => {
    expect(withSpan('x', {}, () => 7)).toBe(7);
    expect(() => withSpan('x', {}, () => raise())).toThrow('boom');
    await expect(withSpan('x', {}, async () => raise())).rejects.toThrow('boom');
  });
});

test('a new traceparent is well formed, sampled and random', () => {
  const one = newTraceparent();
  expect(one).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(newTraceparent()).not.toBe(one);
  expect(parseTraceparent(one)).toMatchObject({ traceId: one.slice(3, 35), traceFlags: 1 });
});

test.each([
  '',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  '00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n',
])('the malformed traceparent %j is refused', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

type SdkOptions = ConstructorParameters<typeof NodeSDK>[0];

describe('with an SDK', () => {
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  type Finished = Parameters<NonNullable<NonNullable<SdkOptions>['spanProcessors']>[number]['onEnd']>[0];

  function startSdk(): Finished[] {
    const finished: Finished[] = [];
    const processor = {
      onStart() {},
      onEnd: (span: Finished) => void finished.push(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const off = { metricReaders: [], logRecordProcessors: [], resourceDetectors: [] };
    new NodeSDK({ spanProcessors: [processor], ...off }).start();
    return finished;
  }

  test('a span continues the given trace under a new span id, and encloses the inner one', async () => {
    const finished = startSdk();
    const parent = newTraceparent();
    const inner = await withSpan('outer', { parent, attributes: { 'parley.epoch': 3 } }, async (span) => {
      expect(currentTraceparent()).toBe(traceparentOf(span));
      await Promise.resolve();
      return withSpan('inner', {}, (span_: Span) => span_.spanContext().traceId);
    });
    const [first, second] = finished;
    expect([first?.name, second?.name]).toEqual(['inner', 'outer']);
    expect(inner).toBe(parent.slice(3, 35));
    expect(second?.parentSpanContext?.spanId).toBe(parent.slice(36, 52));
    expect(first?.parentSpanContext?.spanId).toBe(second?.spanContext().spanId);
    expect(second?.attributes).toEqual({ 'parley.epoch': 3 });
  });

  test('a failure ends the span with the error recorded, and is thrown on', async () => {
    const finished = startSdk();
    expect(() => withSpan('sync', {}, () => raise())).toThrow('boom');
    await expect(withSpan('async', {}, async () => raise())).rejects.toThrow('boom');
    expect(finished.map(({ name, status }) => [name, status.code, status.message])).toEqual([
      ['sync', 2, 'boom'],
      ['async', 2, 'boom'],
    ]);
    expect(finished.every(({ events }) => events[0]?.name === 'exception')).toBe(true);
  });
});

function raise(): never {
  throw new Error('boom');
}

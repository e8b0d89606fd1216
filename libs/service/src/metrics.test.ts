import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('observations through bound children appear in the exposition with their labels', async () => {
  const metrics = createMetrics({ service: 'router' });
  const awards = metrics.counter('parley_awards_total', 'Awards made', ['outcome']);
  const won = awards.with({ outcome: 'won' });
  won.inc();
  won.inc(2);
  metrics.histogram('parley_hop_seconds', 'One hop', ['stream']).with({ stream: 'RUNS' }).observe(0.002);
  metrics.gauge('parley_in_flight', 'In hand').with({}).set(4);
  const text = await metrics.text();
  expect(text).toMatch(/^parley_awards_total\{outcome="won",service="router"\} 3$/m);
  expect(text).toMatch(/^parley_hop_seconds_bucket\{le="0.001",service="router",stream="RUNS"\} 0$/m);
  expect(text).toMatch(/^parley_hop_seconds_bucket\{le="0.0025",service="router",stream="RUNS"\} 1$/m);
  expect(text).toMatch(/^parley_in_flight\{service="router"\} 4$/m);
  expect(text).toContain('process_cpu_seconds_total');
});

test('the same name is the same metric, and never of two kinds', async () => {
  const metrics = createMetrics({ service: 's' });
  metrics.counter('parley_x_total', 'x').with({}).inc();
  metrics.counter('parley_x_total', 'x').with({}).inc();
  expect(await metrics.text()).toMatch(/^parley_x_total\{service="s"\} 2$/m);
  expect(() => metrics.gauge('parley_x_total', 'x')).toThrow(/already a counter/);
});

test('a collected gauge is read at every scrape', async () => {
  const metrics = createMetrics({ service: 's' });
  let depth = 0;
  metrics.gauge('parley_depth', 'd', ['stream'], (gauge) => gauge.with({ stream: 'WORK' }).set(++depth));
  await metrics.text();
  expect(await metrics.text()).toMatch(/^parley_depth\{stream="WORK",service="s"\} 2$/m);
});

test('two registries do not share values', async () => {
  const one = createMetrics({ service: 'a' });
  const two = createMetrics({ service: 'b' });
  one.counter('parley_y_total', 'y').with({}).inc();
  expect(await two.text()).not.toContain('parley_y_total');
});

import { performOnce } from '@parley/agent/testing';
import { expect, test } from 'vitest';
import { regionalAnalysts } from './sales.ts';

const [north] = regionalAnalysts;
const row = (quarter: string, product: string, amount: number, region = 'north') => ({
  region,
  product,
  quarter,
  amount,
});

test('figures come from arithmetic over the rows of the region alone', async () => {
  const sales = [row('Q1', 'tea', 100), row('Q2', 'tea', 90), row('Q2', 'cake', 60), row('Q2', 'tea', 999, 'south')];
  await expect(performOnce(north as never, 'analyse_region' as never, { sales } as never)).resolves.toMatchObject({
    region: 'north',
    total: 250,
    byQuarter: { Q1: 100, Q2: 150 },
    growth: 0.5,
    best: { product: 'tea', amount: 190 },
    text: 'Region north sold 250 in all. Sales of region north changed by +50.0 %. The best product of region north was tea with 190.',
  });
});

test('a region without rows has no growth and no best product', async () => {
  await expect(performOnce(north as never, 'analyse_region' as never, { sales: [] } as never)).resolves.toMatchObject({
    total: 0,
    growth: null,
    best: null,
  });
});

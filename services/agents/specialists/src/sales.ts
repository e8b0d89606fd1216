import { type Agent, defineAgent, defineTool } from '@parley/agent';
import { z } from 'zod';

export const REGIONS = ['north', 'south', 'east', 'west'] as const;

const Row = z.object({ region: z.string(), product: z.string(), quarter: z.string(), amount: z.number() });
const Summary = z.object({
  total: z.number(),
  byQuarter: z.record(z.string(), z.number()),
  /** Last quarter against the first, as a share; null with one quarter. */
  growth: z.number().nullable(),
  best: z.object({ product: z.string(), amount: z.number() }).nullable(),
});

/** Exact figures come from arithmetic, not from a model. */
export const summariseSales = defineTool({
  name: 'summarise_sales',
  version: '1.0.0',
  description: 'Totals of a region: by quarter, growth from the first to the last quarter, best product.',
  input: z.object({ region: z.string(), sales: z.array(Row) }),
  output: Summary,
  run({ region, sales }) {
    const rows = sales.filter((row) => row.region === region);
    const byQuarter = sums(rows, ({ quarter }) => quarter);
    const quarters = Object.keys(byQuarter).sort();
    const [first, last] = [byQuarter[quarters[0] ?? ''], byQuarter[quarters.at(-1) ?? '']];
    const products = Object.entries(sums(rows, ({ product }) => product)).sort(
      ([a, x], [b, y]) => y - x || (a < b ? -1 : 1),
    );
    const [best] = products;
    return {
      total: rows.reduce((sum, { amount }) => sum + amount, 0),
      byQuarter,
      growth: first === undefined || last === undefined || quarters.length < 2 || first === 0 ? null : last / first - 1,
      best: best === undefined ? null : { product: best[0], amount: best[1] },
    };
  },
});

function sums(rows: readonly z.infer<typeof Row>[], keyOf: (row: z.infer<typeof Row>) => string) {
  const totals: Record<string, number> = {};
  for (const row of rows) totals[keyOf(row)] = (totals[keyOf(row)] ?? 0) + row.amount;
  return totals;
}

const Region = z.object({ region: z.string(), text: z.string(), ...Summary.shape });

const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;

/** The analyst of one region. */
const analystOf = (region: (typeof REGIONS)[number]): Agent =>
  defineAgent({
    name: `${region}-analyst`,
    version: '1.0.0',
    description: `Knows the sales of the region ${region}.`,
    tools: [summariseSales],
    capabilities: {
      analyse_region: {
        description: 'Figures of one region, and a sentence about them.',
        input: z.object({ region: z.string().default(region), sales: z.array(Row) }),
        output: Region,
      },
    },
    perform: {
      async analyse_region({ region: asked, sales }, { tool }) {
        const summary = await tool('summarise', summariseSales, { region: asked, sales });
        const { total, growth, best } = summary;
        const parts = [`Region ${asked} sold ${total} in all.`];
        if (growth !== null) parts.push(`Sales of region ${asked} changed by ${percent(growth)}.`);
        if (best !== null) parts.push(`The best product of region ${asked} was ${best.product} with ${best.amount}.`);
        return { region: asked, text: parts.join(' '), ...summary };
      },
    },
  });

export const regionalAnalysts = REGIONS.map(analystOf);

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldUsage, type UsageEntry } from './ledger-fold.ts';

const entry = (op: UsageEntry['op'], permit: string, change: Partial<UsageEntry> = {}): UsageEntry => ({
  op,
  permit,
  run: 'r1',
  task: 'r1-0',
  attempt: 1,
  agent: 'writer',
  model: 'm',
  reserved: { tokens: 100, microUsd: 50 },
  charged: { tokens: 0, microUsd: 0 },
  inputTokens: 0,
  outputTokens: 0,
  ledgerVersion: 1,
  ...change,
});
const charged = (tokens: number, microUsd: number) => ({ charged: { tokens, microUsd } });

test('an open grant counts in full, a closing replaces it by what was charged', () => {
  const ledger = foldUsage([
    entry('granted', 'p1', { ledgerVersion: 1 }),
    entry('granted', 'p2', { ledgerVersion: 2, run: 'r2' }),
    entry('settled', 'p1', { ledgerVersion: 3, ...charged(30, 10) }),
  ]);
  expect(ledger.version).toBe(3);
  expect(ledger.total).toEqual({ spent: { tokens: 30, microUsd: 10 }, reserved: { tokens: 100, microUsd: 50 } });
  expect(ledger.runs.get('r1')).toEqual({ spent: { tokens: 30, microUsd: 10 }, reserved: { tokens: 0, microUsd: 0 } });
  expect([...ledger.open.keys()]).toEqual(['p2']);
});

test('the first closing of a permit counts, later ones change nothing', () => {
  const { total, closed } = foldUsage([
    entry('granted', 'p1'),
    entry('expired', 'p1', { ledgerVersion: 2, ...charged(100, 50) }),
    entry('settled', 'p1', { ledgerVersion: 3, ...charged(1, 1) }),
  ]);
  expect(total.spent).toEqual({ tokens: 100, microUsd: 50 });
  expect(closed.get('p1')?.op).toBe('expired');
});

test('a higher attempt holds the task, whatever the order of the entries', () => {
  const entries = [
    entry('granted', 'p1'),
    entry('granted', 'p2', { attempt: 2, agent: 'other', ledgerVersion: 2 }),
    entry('granted', 'p3', { ledgerVersion: 3 }),
  ];
  expect(foldUsage(entries).holders.get('r1-0')).toMatchObject({ attempt: 2, agent: 'other' });
});

test('entries stored twice, and closings stored before their grant, give the same accounts', () => {
  const permits = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(permits, fc.infiniteStream(fc.nat(200)), fc.infiniteStream(fc.nat(1_000)), (names, amounts, order) => {
      const amount = (): number => amounts.next().value as number;
      const entries = names.flatMap((permit, n) => {
        const used = charged(amount(), amount());
        const both = [entry('granted', permit), entry('settled', permit, used)];
        return n % 3 === 0 ? both.slice(0, 1) : both;
      });
      const shuffled = [...entries, ...entries]
        .map((each) => ({ each, at: order.next().value as number }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ each }) => each);
      expect(foldUsage(shuffled).total).toEqual(foldUsage(entries).total);
    }),
  );
});

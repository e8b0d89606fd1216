import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyRunEnds } from '../../test/play.ts';
import { workItems } from '../index.ts';

const work = (id: string) => ({ kind: 'task', id, capability: 'work', attempts: 1, performMs: 500 });

const approval = fc
  .record({
    onExpiry: fc.constantFrom('approve', 'reject', 'fail'),
    onReject: fc.constantFrom('fail', 'continue'),
    slaMs: fc.constantFrom(undefined, 1_000),
    askWhen: fc.constantFrom(undefined, undefined, 'input[0] == 2', 'input.x'),
    approvers: fc.constantFrom(undefined, ['ann', 'bob'], ['ann', 'requester']),
    quorum: fc.constantFrom(1, 1, 2),
    editable: fc.boolean(),
  })
  .map((more) => ({
    kind: 'approval',
    id: 'pay',
    title: 'Pay',
    action: { $from: '/input' },
    expiresMs: 2_000,
    escalateTo: ['boss'],
    ...more,
  }));

test('every run that waits for people ends, and what was asked of them with it', () => {
  everyRunEnds(
    fc
      .tuple(approval, fc.boolean())
      .map(([pay, apart]) =>
        apart
          ? { kind: 'concurrent', id: 'all', branches: [pay, work('beside')], onFailure: 'bestEffort' }
          : { kind: 'sequence', id: 'all', steps: [work('before'), pay, work('after')] },
      ),
    () => 7,
    {
      check(world) {
        for (const item of workItems(world.state)) {
          expect(item.status).not.toBe('open');
          expect(item.votes).not.toContain(item.approvers.length > 0 ? 'requester' : 'nobody');
          if (item.status === 'approved') expect(new Set(item.votes).size).toBeGreaterThanOrEqual(item.quorum);
        }
      },
    },
  );
});

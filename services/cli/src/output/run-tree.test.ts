import { expect, test } from 'vitest';
import type { AwardRow, RunReport } from '../run/read-run.ts';
import { runTree } from './run-tree.ts';

const reasons = { rule: 'only_candidate', criteria: 'balanced', bids: [], refusals: [], silent: [] } as const;
const award = (attempt: number, agent: string, more: object = {}): AwardRow => ({
  path: '0',
  attempt,
  agent,
  reasons: { ...reasons, bids: [], refusals: [], silent: [] },
  context: { handoff: undefined, refused: undefined, returned: undefined },
  ...more,
});

test('the attempts of a task tell where it was handed to and from, and what came back', () => {
  const usage = { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 };
  const node = { path: '0', id: 'help', kind: 'task', status: 'completed', attempts: 4, agent: 'ann', hops: 2 };
  const times = { decisions: 4, startedAt: 0, updatedAt: 1_000 };
  const run: RunReport['run'] = {
    run: 'r1',
    workflow: 'desk',
    status: 'completed',
    ...times,
    input: 1,
    usage,
    nodes: [node],
  };
  const origin = { from: 'ann', reason: 'too hard', priority: 'normal', hop: 1 } as const;
  const awards = [
    award(1, 'ann'),
    award(2, 'bob', {
      reasons: { ...reasons, rule: 'handoff_agreed', etaMs: 3_000, refusals: [{ agent: 'carl', reason: 'busy' }] },
      context: { handoff: origin },
    }),
    award(4, 'ann', {
      reasons: { ...reasons, rule: 'journal_holder' },
      context: { refused: [{ to: 'carl', reason: 'busy' }], returned: { from: 'bob', output: 1 } },
    }),
  ];
  const tree = runTree({ run, awards });
  expect(tree).toContain('✓ help (task) completed by ann, 4 attempts, 2 handoffs');
  expect(tree).toContain(
    'attempt 2: to bob, who agreed (about 3.0 s); carl refused (busy); handed over by ann: too hard (hop 1, normal)',
  );
  expect(tree).toContain(
    'attempt 4: to ann, who continues its own work; its handoff came back: carl refused (busy); with the result of bob',
  );
});

test('what a node has to tell stands below it', () => {
  const usage = { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 };
  const note = 'feature sub, attempt 1: blocked: /passes says that it was tested';
  const node = { path: '0', id: 'features', kind: 'featureList', status: 'running', attempts: 0, notes: [note] };
  const times = { decisions: 4, startedAt: 0, updatedAt: 1_000 };
  const run: RunReport['run'] = {
    run: 'r1',
    workflow: 'w',
    status: 'running',
    ...times,
    input: 1,
    usage,
    nodes: [node],
  };
  expect(runTree({ run, awards: [] })).toContain(`… features (featureList) running\n    ${note}`);
});

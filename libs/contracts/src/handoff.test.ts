import { expect, test } from 'vitest';
import { TaskReport } from './messages/task.ts';

const brief = { asked: 'a', found: [], failed: [], next: 'n' };
const report = (more: object): unknown => ({
  kind: 'handoff',
  task: 'r-0',
  attempt: 1,
  epoch: 0,
  instance: 'i',
  token: 't',
  usage: { inputTokens: 0, outputTokens: 0, microUsd: 0, modelCalls: 0 },
  to: 'bob',
  reason: 'r',
  brief,
  ...more,
});

test('a handoff is a transfer of ordinary priority unless it says otherwise', () => {
  expect(TaskReport.parse(report({}))).toMatchObject({ priority: 'normal', continuation: 'transfer' });
});

test.each([
  ['names nobody', { to: undefined }, /names an agent in `to`, a capability, or both/],
  ['names no token', { to: 'not a token' }, /\/to/],
  ['has a brief over its bytes', { brief: { ...brief, found: Array(10).fill('x'.repeat(2_000)) } }, /16384 bytes/],
  ['has a brief with more than is told', { brief: { ...brief, transcript: [] } }, /\/brief/],
  ['gives no reason', { reason: '' }, /\/reason/],
])('a handoff that %s is refused, with the field', (_what, more, message) => {
  expect(() => TaskReport.parse(report(more))).toThrow(message);
});

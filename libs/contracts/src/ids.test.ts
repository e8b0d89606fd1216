import { expect, test } from 'vitest';
import { leaseToken, parseTaskId, runIdOfKey, runIdOfMessage, taskIdOf, verifyLeaseToken } from './ids.ts';
import { isToken, partitionOf, PARTITIONS } from './tokens.ts';

const claims = { ns: 'a', run: 'r1', task: 'r1-0', attempt: 1, epoch: 0, agent: 'x' };

test('the same key is the same run, another namespace or key is another one', () => {
  expect(runIdOfKey('a', 'k')).toBe(runIdOfKey('a', 'k'));
  expect(
    new Set([runIdOfKey('a', 'k'), runIdOfKey('b', 'k'), runIdOfKey('a', 'l'), runIdOfMessage('a', 1, 1)]).size,
  ).toBe(4);
  expect(isToken(runIdOfKey('a', 'k\n*'))).toBe(true);
});

test('a task id carries its run and path', () => {
  expect(parseTaskId(taskIdOf('rabc', '0.12.3'))).toEqual({ run: 'rabc', path: '0.12.3' });
  expect(parseTaskId('nothing')).toBeUndefined();
});

test('a lease token verifies for its claims alone', () => {
  const token = leaseToken('key', claims);
  expect(verifyLeaseToken('key', claims, token)).toBe(true);
  expect(verifyLeaseToken('other', claims, token)).toBe(false);
  expect(verifyLeaseToken('key', claims, '')).toBe(false);
  for (const change of [{ ns: 'b' }, { run: 'r2' }, { task: 't' }, { attempt: 2 }, { epoch: 1 }, { agent: 'y' }]) {
    expect(verifyLeaseToken('key', { ...claims, ...change }, token)).toBe(false);
  }
});

test('runs spread over all partitions, and a run keeps its own', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6_400; i++) {
    const partition = partitionOf(runIdOfKey('a', String(i)));
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  expect(counts.size).toBe(PARTITIONS);
  expect(Math.max(...counts.values())).toBeLessThan(200);
  expect(partitionOf('r000000000000000000000000')).toBe(partitionOf('r000000000000000000000000'));
});

import { expect, test } from 'vitest';
import { BOARD_SHARDS, boardKeys, boardOutboxKey, ledgerGenerationKeys, ledgerKeys, shardOf } from './keys.ts';

test('all keys of a namespace share its hash tag, so that one script may touch them', () => {
  const board = boardKeys('acme', 'r1');
  const keys = [
    board.meta,
    board.entries,
    board.staging('x'),
    board.operation('x'),
    board.outbox,
    ...Object.values(ledgerKeys('acme')),
    ...Object.values(ledgerGenerationKeys('acme', '7')),
  ];
  for (const key of keys) expect(key).toMatch(/^\{parley:acme\}:/);
  expect(new Set(keys).size).toBe(keys.length);
});

test('a board keeps its shard, and boards spread over all shards', () => {
  expect(shardOf('r1')).toBe(shardOf('r1'));
  const shards = new Set(Array.from({ length: 200 }, (_, n) => shardOf(`run-${n}`)));
  expect(shards.size).toBe(BOARD_SHARDS);
  expect(boardKeys('acme', 'r1').outbox).toBe(boardOutboxKey('acme', shardOf('r1')));
});

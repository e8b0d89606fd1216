import {
  boardContract,
  type Boards,
  connectRedis,
  createRedisBoards,
  type RedisStore,
  startBoardRelay,
} from '@parley/board';
import { type Bus, connectBus } from '@parley/bus';
import { BoardChanged, type BoardEntry } from '@parley/contracts';
import { eventually, type RunningServer, startNats, startRedis, testNamespace } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTcpProxy } from './tcp-proxy.ts';

// A relay serves every namespace of its servers: these tests have servers of their own.
let nats: RunningServer;
let redisServer: RunningServer;
let bus: Bus;
let redis: RedisStore;
let boards: Boards;

beforeAll(async () => {
  [nats, redisServer] = await Promise.all([
    startNats({ serverName: 'board' }),
    startRedis({ appendfsync: 'everysec' }),
  ]);
  bus = await connectBus({ url: nats.url, name: 'board-test', topology: 'ensure' });
  redis = connectRedis(redisServer.url, { role: 'command' });
  await redis.waitUntilReady(5_000);
  boards = createRedisBoards({ redis, log: bus });
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await bus?.[Symbol.asyncDispose]();
  await Promise.all([nats?.stop(), redisServer?.stop()]);
});

const fact = (key: string, value: string | number = key) =>
  ({ region: 'facts', key, value, author: 'researcher', confidence: 1 }) as const;

async function onBoard(ns: string, board: string): Promise<BoardEntry[]> {
  const entries: BoardEntry[] = [];
  for await (const { payload } of bus.read('BOARD', BoardChanged.filter({ ns, board })))
    entries.push(BoardChanged.decode(payload));
  return entries;
}

describe('with a relay', () => {
  let relay: AsyncDisposable;
  beforeAll(() => {
    relay = startBoardRelay({ redis, log: bus, source: '/guardian/test' });
  });
  afterAll(() => relay?.[Symbol.asyncDispose]());

  describe('Redis board', () => {
    boardContract(
      { test, expect },
      () => boards,
      (check) => eventually(check),
    );
  });

  test('a write whose answer was lost is applied once and still resolves', async () => {
    const ns = testNamespace();
    await using proxy = await startTcpProxy(redisServer.url);
    await using through = connectRedis(proxy.url, { role: 'command' });
    await through.waitUntilReady(5_000);
    await using board = await createRedisBoards({ redis: through, log: bus }).open(ns, 'b');
    await board.write(fact('first'));
    for (let n = 0; n < 20; n++) {
      const lost = proxy.loseNextReply();
      const { revision } = await board.write(fact('sky', n));
      await lost;
      expect((await board.read('facts', 'sky'))?.revision).toBe(revision);
    }
    const skies = (await onBoard(ns, 'b')).filter(({ key }) => key === 'sky');
    expect(skies.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('two relays store every change once', async () => {
    const ns = testNamespace();
    await using _second = startBoardRelay({ redis, log: bus, source: '/guardian/second' });
    await using board = await boards.open(ns, 'b');
    await Promise.all(Array.from({ length: 100 }, (_, n) => board.write(fact(`k${n}`))));
    const entries = await onBoard(ns, 'b');
    expect(entries).toHaveLength(100);
    expect(new Set(entries.map(({ revision }) => revision)).size).toBe(100);
  });
});

test('a change that no relay took is not confirmed, and reaches BOARD once when a relay is back', async () => {
  const ns = testNamespace();
  await using board = await createRedisBoards({ redis, log: bus, writeTimeoutMs: 300 }).open(ns, 'b');
  await expect(board.write({ ...fact('sky'), operation: 'op-1' })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await onBoard(ns, 'b')).toEqual([]);
  await using _relay = startBoardRelay({ redis, log: bus, source: '/guardian/test' });
  await eventually(async () => expect(await onBoard(ns, 'b')).toHaveLength(1));
  const { revision } = await board.write({ ...fact('sky'), operation: 'op-1' });
  expect((await onBoard(ns, 'b')).map((entry) => entry.revision)).toEqual([revision]);
});

test('a relay that died after storing and before forgetting leaves no second change', async () => {
  const ns = testNamespace();
  const stored = Promise.withResolvers<void>();
  const grave = Promise.withResolvers<void>();
  const dying = startBoardRelay({
    redis,
    source: '/guardian/dying',
    log: {
      ...narrow(bus),
      async store(messages) {
        const results = await bus.store(messages);
        stored.resolve();
        // It goes no further: what it stored stays in the outbox.
        await grave.promise;
        return results;
      },
    },
  });
  await using board = await boards.open(ns, 'b');
  const first = await board.write(fact('sky', 1));
  await stored.promise;
  await using _relay = startBoardRelay({ redis, log: bus, source: '/guardian/next' });
  const second = await board.write(fact('sky', 2));
  expect((await onBoard(ns, 'b')).map(({ revision }) => revision)).toEqual([first.revision, second.revision]);
  grave.resolve();
  await dying.stop();
});

test('a wiped Redis is rebuilt from BOARD under a new generation before it is used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-board-'));
  const ns = testNamespace();
  const first = await startRedis({ dir: join(folder, 'one') });
  await using store = connectRedis(first.url, { role: 'command' });
  await store.waitUntilReady(5_000);
  await using _relay = startBoardRelay({ redis: store, log: bus, source: '/guardian/test' });
  await using board = await createRedisBoards({ redis: store, log: bus }).open(ns, 'b');
  const kept = await board.write(fact('kept', 1));
  await board.write(fact('gone'));
  await board.delete({ region: 'facts', key: 'gone', author: 'researcher' });
  first.kill('SIGKILL');
  await first.exited;
  await expect(board.read('facts', 'kept')).rejects.toMatchObject({ code: 'unavailable' });

  await using _empty = await startRedis({ dir: join(folder, 'two'), port: first.port });
  await store.waitUntilReady(5_000);
  expect((await board.list('facts')).map(({ key, revision }) => ({ key, revision }))).toEqual([
    { key: 'kept', revision: kept.revision },
  ]);
  const next = await board.write({ ...fact('kept', 2), expect: kept.revision });
  expect(Number(next.revision.split('.')[0])).toBeGreaterThan(Number(kept.revision.split('.')[0]));
  const revisions = (await onBoard(ns, 'b')).map(({ revision }) => revision);
  expect(new Set(revisions).size).toBe(revisions.length);
  await rm(folder, { recursive: true, force: true });
});

test('a Redis that is killed and comes back with its file keeps every confirmed write', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-board-'));
  const ns = testNamespace();
  const first = await startRedis({ dir: folder, appendfsync: 'always' });
  await using store = connectRedis(first.url, { role: 'command' });
  await store.waitUntilReady(5_000);
  await using _relay = startBoardRelay({ redis: store, log: bus, source: '/guardian/test' });
  await using board = await createRedisBoards({ redis: store, log: bus }).open(ns, 'b');
  const writes = Promise.all(Array.from({ length: 50 }, (_, n) => board.write(fact(`k${n}`, n))));
  await board.write(fact('sky'));
  first.kill('SIGKILL');
  await first.exited;
  await using _again = await startRedis({ dir: folder, port: first.port, appendfsync: 'always' });
  const written = await writes;
  await store.waitUntilReady(5_000);
  const entries = await board.list('facts');
  expect(
    entries
      .filter(({ key }) => key.startsWith('k'))
      .map(({ revision }) => revision)
      .toSorted(),
  ).toEqual(written.map(({ revision }) => revision).toSorted());
  await rm(folder, { recursive: true, force: true });
});

/** The parts of the bus that a relay uses, as an object that can be changed. */
const narrow = (full: Bus) => ({
  now: () => full.now(),
  follow: full.follow.bind(full),
  read: full.read.bind(full),
  last: full.last.bind(full),
  streamInfo: full.streamInfo.bind(full),
});

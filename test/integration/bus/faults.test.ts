import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Award, RunDecision, RunSignal } from '@parley/contracts';
import { connectBus, type Bus, type BusErrorLike, type Stored } from '@parley/bus';
import { eventually } from '@parley/testing';
import { award, bytes, decision, newNs, signal, textOf } from './messages.ts';
import { restartableNats } from './restartable-nats.ts';

const MINUTE = 60_000;

const connect = async (url: string, name: string): Promise<Bus> => await connectBus({ url, name, topology: 'ensure' });

const failed = (results: readonly (Stored | BusErrorLike)[]): string[] =>
  results.filter((result) => result instanceof Error).map((result) => (result as Error).message);

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test(
  'a server killed and restarted while messages are stored, consumed and followed loses nothing that was acked',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connect(nats.url, 'writer');
    await using reader = await connect(nats.url, 'reader');
    const ns = newNs();

    await reader.ensureConsumer({
      stream: 'SIGNALS',
      durable: ns,
      filter: RunSignal.filter({ ns }),
      ackWaitMs: 2_000,
      maxDeliver: -1,
      maxAckPending: 1_000,
    });
    const consumed = new Set<number>();
    await using _consuming = await reader.consume({ stream: 'SIGNALS', durable: ns, slots: 64 }, (deliveries) => {
      for (const delivery of deliveries) {
        consumed.add(Number(textOf(delivery)));
        delivery.ack();
      }
    });
    const followed: { n: number; sequence: number }[] = [];
    await using _following = await reader.follow('WORK', Award.filter({ ns }), (messages) => {
      for (const message of messages) followed.push({ n: Number(textOf(message)), sequence: message.sequence });
    });

    const statuses: string[] = [];
    bus.onStatus((status) => statuses.push(status));
    let stored = 0;
    let writing = true;
    const problems: string[] = [];
    const write = async (): Promise<void> => {
      while (writing) {
        const numbers = range(stored, stored + 50);
        stored += 50;
        const results = await bus.store([...numbers.map((n) => award(ns, n)), ...numbers.map((n) => signal(ns, n))]);
        problems.push(...failed(results));
        await delay(1);
      }
    };
    const writers = [write(), write()];
    for (let kill = 0; kill < 3; kill++) {
      await delay(700);
      await nats.restart(kill * 300);
    }
    await delay(700);
    writing = false;
    await Promise.all(writers);

    expect(problems).toEqual([]);
    expect(statuses.filter((status) => status === 'connected')).toHaveLength(3);
    await eventually(() => expect(consumed.size).toBe(stored), { timeoutMs: 10_000 });
    await eventually(() => expect(new Set(followed.map(({ n }) => n)).size).toBe(stored), { timeoutMs: 10_000 });
    const sequences = followed.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    const kept: number[] = [];
    for await (const message of bus.read('WORK', Award.filter({ ns }))) kept.push(message.sequence);
    expect(sequences).toEqual(kept);
  },
  MINUTE,
);

test(
  'a restarted server is joined again within a second',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connect(nats.url, 'rejoin');
    const times: Record<string, number> = {};
    bus.onStatus((status) => (times[status] = performance.now()));
    await nats.restart(500);
    const up = performance.now();
    await eventually(() => expect(bus.status).toBe('connected'), { timeoutMs: 3_000 });
    expect((times['connected'] ?? Infinity) - up).toBeLessThan(1_000);
    expect(await bus.storeOne(award(newNs(), 1))).toMatchObject({ duplicate: false });
  },
  MINUTE,
);

test(
  'an append whose ack was lost is stored once: the repetition finds itself',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connect(nats.url, 'unknown');
    await using other = await connect(nats.url, 'other');
    const ns = newNs();
    const first = await bus.storeOne(decision(ns, 'first', 0));

    await nats.freeze();
    const frozen = bus.store([decision(ns, 'second', first.sequence)]);
    // Longer than the silence after which a message is repeated: the server will find it twice.
    await delay(4_500);
    nats.thaw();
    const [second] = await frozen;
    expect(second).toMatchObject({ sequence: first.sequence + 1 });
    await other.storeOne(decision(ns, 'third', first.sequence + 1));

    const log: string[] = [];
    for await (const message of other.read('RUNS', RunDecision.filter({ ns }))) log.push(textOf(message));
    expect(log).toEqual(['first', 'second', 'third']);
  },
  MINUTE,
);

test(
  'of two appends that both had to be repeated one is stored and one is a conflict',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connect(nats.url, 'unknown');
    await using other = await connect(nats.url, 'other');
    const ns = newNs();
    const first = await bus.storeOne(decision(ns, 'first', 0));

    // Stored by somebody else while our own message waits in a stopped server's socket: the expectation fails.
    await nats.freeze();
    const theirs = other.store([decision(ns, 'theirs', first.sequence)]);
    await delay(50);
    const ours = bus.store([decision(ns, 'ours', first.sequence)]);
    await delay(3_000);
    nats.thaw();
    const results = [(await theirs)[0], (await ours)[0]];
    const codes = results.map((result) => (result instanceof Error ? result.code : 'stored')).sort();
    expect(codes).toEqual(['conflict', 'stored']);

    const log: string[] = [];
    for await (const message of other.read('RUNS', RunDecision.filter({ ns }))) log.push(textOf(message));
    expect(log).toHaveLength(2);
  },
  MINUTE,
);

test(
  'a bucket update whose ack was lost is read back, not taken for a conflict',
  async () => {
    await using nats = await restartableNats();
    await using bus = await connect(nats.url, 'unknown');
    const bucket = bus.bucket('agents');
    const key = `${newNs()}.a`;
    const first = await bucket.put(key, bytes('1'));
    await nats.freeze();
    // Without an id the server cannot know the repetition: it answers that the expectation failed.
    const frozen = bucket.update(key, bytes('2'), first);
    await delay(4_500);
    nats.thaw();
    expect(await frozen).toBe(first + 1);
    expect((await bucket.get(key))?.revision).toBe(first + 1);
    await expect(bucket.update(key, bytes('3'), first)).rejects.toMatchObject({ code: 'conflict' });
  },
  MINUTE,
);

test('without a server messages are not known to be stored after the patience, and a request times out', async () => {
  await using nats = await restartableNats();
  const bus = await connectBus({
    url: nats.url,
    name: 'impatient',
    topology: 'ensure',
    storePatienceMs: 600,
    apiPatienceMs: 600,
  });
  await nats.freeze();
  const [result] = await bus.store([award(newNs(), 1)]);
  expect(result).toMatchObject({ code: 'unavailable' });
  await expect(bus.streamInfo('WORK')).rejects.toMatchObject({ code: 'unavailable' });
  await expect(
    bus.request({ subject: 'parley.v1.query.runs.x', payload: bytes('{}') }, { timeoutMs: 100 }),
  ).rejects.toMatchObject({ code: 'timeout' });
  nats.thaw();
  await bus.close();
});

test('a deleted consumer ends its consumption for good', async () => {
  await using nats = await restartableNats();
  await using bus = await connect(nats.url, 'consumer');
  const ns = newNs();
  await bus.ensureConsumer({
    stream: 'WORK',
    durable: ns,
    filter: Award.filter({ ns }),
    ackWaitMs: 2_000,
    maxDeliver: -1,
    maxAckPending: 10,
  });
  const running = await bus.consume({ stream: 'WORK', durable: ns, slots: 4 }, () => {});
  await using operator = await connect(nats.url, 'operator');
  await operator.request({ subject: `$JS.API.CONSUMER.DELETE.WORK.${ns}`, payload: bytes('') }, { timeoutMs: 2_000 });
  await expect(running.closed).rejects.toMatchObject({ code: 'unavailable' });
});

import { jetstream, type JetStreamClient, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from 'nats';

const ROUND = 20_000;
const ROUNDS = 3;

/** Acked JetStream publishes per second of the plain client to a file stream of its own, `window` in flight, after a warm-up round. */
export interface RawRates {
  /** 512 bytes, nothing else: the server's bare limit. */
  readonly plain: number;
  /** What a step must publish at least: a message like a decision, on a subject of its own, with id, expected sequence and headers. */
  readonly append: number;
}

/** Bytes of a decision that closes one step and schedules the next. */
const DECISION_BYTES = 850;

export async function rawPublishRates(url: string, window: number): Promise<RawRates> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'BENCH_RAW', subjects: ['bench.raw.>'] });
    const client = jetstream(connection);
    const plain = await rate(window, (i) => plainPublish(client, i));
    const append = await rate(window, (i) => appendPublish(client, i));
    await manager.streams.delete('BENCH_RAW');
    return { plain, append };
  } finally {
    await connection.close();
  }
}

const small = new Uint8Array(512);
const decision = new Uint8Array(DECISION_BYTES);
let count = 0;

const plainPublish = (client: JetStreamClient, _i: number): Promise<unknown> =>
  client.publish('bench.raw.plain', small);

function appendPublish(client: JetStreamClient, i: number): Promise<unknown> {
  const fields = headers();
  fields.set('ce-specversion', '1.0');
  fields.set('ce-id', String(i));
  fields.set('ce-type', 'parley.run.event');
  fields.set('ce-source', '/bench');
  fields.set('ce-time', '2026-01-01T00:00:00.000Z');
  fields.set('traceparent', '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01');
  return client.publish(`bench.raw.${i}`, decision, {
    headers: fields,
    msgID: String(i),
    expect: { lastSubjectSequence: 0 },
  });
}

async function rate(window: number, publish: (i: number) => Promise<unknown>): Promise<number> {
  let seconds = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const end = count + ROUND;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: window }, async () => {
        while (count < end) await publish(count++);
      }),
    );
    if (round > 0) seconds += (performance.now() - start) / 1_000;
  }
  return (ROUND * ROUNDS) / seconds;
}

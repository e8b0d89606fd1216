import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from 'nats';

const BYTES = 512;

/**
 * The raw limit: acked JetStream publishes per second of the plain client to a file stream of its own, `window` in flight, 512 bytes each,
 * with a message id. The best of several rounds, so that the ratio is against what the machine can do.
 */
export async function rawPublishRate(url: string, window: number): Promise<number> {
  const connection = await connect({ servers: url, noAsyncTraces: true });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'BENCH_RAW', subjects: ['bench.raw.>'] });
    const client = jetstream(connection);
    const payload = new Uint8Array(BYTES);
    let best = 0;
    let count = 0;
    for (let round = 0; round < 4; round++) {
      const end = count + 20_000;
      const start = performance.now();
      await Promise.all(
        Array.from({ length: window }, async () => {
          while (count < end) {
            const id = String(count++);
            await client.publish(`bench.raw.${id}`, payload, { msgID: id });
          }
        }),
      );
      best = Math.max(best, 20_000 / ((performance.now() - start) / 1_000));
    }
    await manager.streams.delete('BENCH_RAW');
    return best;
  } finally {
    await connection.close();
  }
}

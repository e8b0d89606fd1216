import type { Boards, RedisStore } from '@parley/board';
import type { Bus } from '@parley/bus';

/** Boards whose Redis is connected to when the first one is opened: most agents never do. */
export function lazyBoards(redisUrl: string, bus: Bus): Boards & AsyncDisposable {
  let redis: RedisStore | undefined;
  let connecting: Promise<Boards> | undefined;

  async function connect(): Promise<Boards> {
    const { connectRedis, createRedisBoards } = await import('@parley/board');
    redis = connectRedis(redisUrl, { role: 'command' });
    return createRedisBoards({ redis, log: bus });
  }

  return {
    open: async (ns, board) => (await (connecting ??= connect())).open(ns, board),
    async [Symbol.asyncDispose]() {
      await connecting;
      await redis?.[Symbol.asyncDispose]();
    },
  };
}

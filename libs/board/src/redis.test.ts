import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { connectRedis } from './redis.ts';

/** A server that takes connections and answers nothing. */
async function silentServer(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('without a server a command fails with a retryable error and waits for no connection', async () => {
  const server = await silentServer();
  await server[Symbol.asyncDispose]();
  await using store = connectRedis(server.url, { role: 'command' });
  await expect(store.run((redis) => redis.get('k'))).rejects.toMatchObject({
    name: 'StoreUnavailable',
    retryable: true,
  });
  expect(store.connected).toBe(false);
});

test('a server that never answers does not hold up a command', async () => {
  await using server = await silentServer();
  await using store = connectRedis(server.url, { role: 'command' });
  await expect(store.run((redis) => redis.get('k'))).rejects.toMatchObject({ code: 'unavailable' });
  await expect(store.waitUntilReady(50)).rejects.toMatchObject({ code: 'unavailable' });
});

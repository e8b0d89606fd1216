import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a server that can lose answers, keep them back or cut the line. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  /** The next Redis script reaches the server, its answer is lost with the connection. Resolves when that has happened. */
  loseNextReply(): Promise<void>;
  /** Ends every connection and takes no new one until the function that is returned is called. */
  cut(): () => void;
  /** Answers are kept back until the function that is returned is called. */
  holdReplies(): () => void;
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { port, hostname, protocol } = new URL(target);
  const sockets = new Set<Socket>();
  let losing: PromiseWithResolvers<void> | undefined;
  let held: (() => void)[] | undefined;
  let isCut = false;

  const server = createServer((client) => {
    if (isCut) {
      client.on('error', () => {}).destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    let lost = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => {
      if (losing !== undefined && data.toString('latin1').toLowerCase().includes('evalsha')) lost = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (lost) {
        client.destroy();
        losing?.resolve();
        losing = undefined;
      } else if (held === undefined) client.write(data);
      else held.push(() => client.write(data));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };

  return {
    url: `${protocol}//127.0.0.1:${address.port}`,
    loseNextReply() {
      losing = Promise.withResolvers<void>();
      return losing.promise;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
      return () => {
        isCut = false;
      };
    },
    holdReplies() {
      held = [];
      return () => {
        for (const write of held ?? []) write();
        held = undefined;
      };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

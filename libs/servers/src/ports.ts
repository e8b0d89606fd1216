import { createServer } from 'node:net';
import { PortInUseError } from './errors.ts';

/** A TCP port on 127.0.0.1 that was free a moment ago; another process may still take it first. */
export async function findFreePort(): Promise<number> {
  return await bindOnce(0);
}

/**
 * Resolves when nothing listens on this port of 127.0.0.1.
 *
 * @throws PortInUseError
 */
export async function requireFreePort(port: number, field = 'port'): Promise<void> {
  await bindOnce(port, field);
}

async function bindOnce(port: number, field?: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port, field, { cause: error }) : error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

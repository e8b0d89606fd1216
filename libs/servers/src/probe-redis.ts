import { tcpExchange } from './tcp-exchange.ts';

/** What a Redis-compatible server says about itself. */
export interface RedisInfo {
  version: string;
  processId: number;
}

/** Asks `INFO server` over the URL's host and port, with its password if it has one; rejects while the server still loads its data. */
export async function probeRedisUrl(url: string, timeoutMs = 3_000): Promise<RedisInfo> {
  const { hostname, port, username, password } = new URL(url);
  const credentials = [username, password].filter((part) => part !== '').map((part) => decodeURIComponent(part));
  const login = password === '' ? '' : command('AUTH', ...credentials);
  const received = await tcpExchange(
    {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 6_379 : Number(port),
      request: `${login}${command('PING')}${command('INFO', 'server')}`,
      timeoutMs,
    },
    (text) => /^-/m.test(text) || (/^\+PONG\r$/m.test(text) && /^process_id:\d+\r$/m.test(text)),
  );
  return parseRedisInfo(received);
}

/** Parses the answers to `PING` and `INFO server`. */
export function parseRedisInfo(received: string): RedisInfo {
  const error = /^-(.*?)\r?$/m.exec(received)?.[1];
  if (error !== undefined) throw new Error(error);
  const valkey = /^valkey_version:(\S+)/m.exec(received)?.[1];
  const redis = /^redis_version:(\S+)/m.exec(received)?.[1];
  return { version: valkey ?? redis ?? 'unknown', processId: Number(/^process_id:(\d+)/m.exec(received)?.[1]) };
}

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

import { tcpExchange } from './tcp-exchange.ts';

/** What a NATS server says about itself when a client connects. */
export interface NatsInfo {
  version: string;
  serverName: string;
  jetstream: boolean;
  /** Bytes. */
  maxPayload: number;
}

/** Reads the INFO line of the first server in a NATS URL, without credentials; rejects when nothing, or no NATS server, answers. */
export async function probeNatsUrl(url: string, timeoutMs = 3_000): Promise<NatsInfo> {
  const { host, port } = natsAddress(url);
  const received = await tcpExchange(
    { host, port, timeoutMs },
    (text) => text.includes('\r\n') || text.length > 65_536,
  );
  return parseInfo(received);
}

/** Host and port of the first server in a NATS URL or comma-separated list of them; port 4222 when none is given. */
export function natsAddress(url: string): { host: string; port: number } {
  const first = url.split(',')[0]?.trim() ?? '';
  const parsed = new URL(first.includes('://') ? first : `nats://${first}`);
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: parsed.port === '' ? 4_222 : Number(parsed.port) };
}

/** Parses an `INFO {…}` protocol line. */
export function parseInfo(received: string): NatsInfo {
  const json = /^INFO (\{.*\})\s*\r\n/.exec(received)?.[1];
  if (json === undefined) throw new Error('it does not speak the NATS protocol');
  const info = JSON.parse(json) as Record<string, unknown>;
  return {
    version: String(info['version']),
    serverName: String(info['server_name']),
    jetstream: info['jetstream'] === true,
    maxPayload: Number(info['max_payload']),
  };
}

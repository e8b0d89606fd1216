import type { Msg, MsgHdrs } from 'nats';
import type { Headers } from '@parley/contracts';
import { ContractError } from '@parley/contracts';

const PREAMBLE = 'NATS/1.0';
const SPACE = 0x20;

/** A header block that is encoded already; the client asks a message's headers for their bytes and nothing else. */
class EncodedHeaders {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  encode(): Uint8Array {
    return this.#bytes;
  }
}

/** Hands an encoded header block to the client. */
export const asMsgHdrs = (block: Uint8Array): MsgHdrs => new EncodedHeaders(block) as unknown as MsgHdrs;

const soundNames = new Set<string>();

function appendHeader(text: string, name: string, value: string): string {
  if (!soundNames.has(name)) checkName(name);
  if (value.includes('\n') || value.includes('\r')) throw unsound(name);
  return `${text}\r\n${name}: ${value}`;
}

/** Names repeat: each is looked at once. */
function checkName(name: string): void {
  if (/[\s:]/.test(name)) throw unsound(name);
  if (soundNames.size < 1_000) soundNames.add(name);
}

const unsound = (name: string): ContractError =>
  new ContractError('text_invalid', `header ${JSON.stringify(name)} holds a line break or an invalid name`, {
    field: name,
  });

/** Encodes a header block (NATS/1.0). Throws `ContractError` (`text_invalid`) on a line break in a value. */
export function encodeHeaders(headers: Headers | undefined, more?: Headers): Uint8Array {
  let text = PREAMBLE;
  for (const name in headers) text = appendHeader(text, name, headers[name] as string);
  for (const name in more) text = appendHeader(text, name, more[name] as string);
  return Buffer.from(`${text}\r\n\r\n`);
}

/**
 * The header block of a received message, undefined when it has none. The client decodes headers into a list-valued, case-checked map
 * (5–8 µs); the raw block lies right before the payload in the same buffer, and its length follows from the message's public `size()`.
 * Where that does not hold the client's own decoding is used.
 */
export function headerBlockOf(msg: Msg): Uint8Array | undefined {
  const { data } = msg;
  const length = (msg as Msg & { size(): number }).size() - msg.subject.length - (msg.reply?.length ?? 0) - data.length;
  if (length === 0) return undefined;
  if (length > PREAMBLE.length && data.byteOffset >= length) {
    const block = new Uint8Array(data.buffer, data.byteOffset - length, length);
    if (block[0] === 0x4e && block[4] === 0x2f && block[length - 1] === 0x0a) return block;
  }
  const { headers } = msg;
  if (headers === undefined) return undefined;
  const status = headers.code > 0 ? ` ${headers.status}` : '';
  const lines = headers.keys().map((name) => `${name}: ${headers.last(name)}\r\n`);
  return Buffer.from(`${PREAMBLE}${status}\r\n${lines.join('')}\r\n`);
}

const textOf = (block: Uint8Array): string => Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString();

/** Decodes a header block; of a repeated name the last value counts. */
export function decodeHeaders(block: Uint8Array | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (block === undefined) return headers;
  const text = textOf(block);
  let start = text.indexOf('\r\n') + 2;
  for (let end = text.indexOf('\r\n', start); end > start; end = text.indexOf('\r\n', start)) {
    const colon = text.indexOf(':', start);
    if (colon > start && colon < end) headers[text.slice(start, colon)] = text.slice(colon + 1, end).trim();
    start = end + 2;
  }
  return headers;
}

/** A message from the server itself: `NATS/1.0 503`, `NATS/1.0 408 Request Timeout`. */
export interface ServerStatus {
  readonly code: number;
  readonly text: string;
}

/** The status line of a header block, undefined for an ordinary message. */
export function statusOf(block: Uint8Array | undefined): ServerStatus | undefined {
  if (block === undefined || block[PREAMBLE.length] !== SPACE) return undefined;
  const line = textOf(block).split('\r\n', 1)[0]?.slice(PREAMBLE.length).trim() ?? '';
  const code = Number.parseInt(line, 10);
  return Number.isNaN(code) ? undefined : { code, text: line.slice(String(code).length).trim() };
}

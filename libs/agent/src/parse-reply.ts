import { decodeJson, parseWith } from '@parley/contracts';
import type { z } from 'zod';

interface Answered<R extends z.ZodType> {
  readonly type: string;
  readonly reply?: R;
}

export type ReplyOf<M> = M extends Answered<infer R> ? z.output<R> : never;

/** Checks the answer to a request. Throws `ContractError`. */
export function parseReply<R extends z.ZodType>(message: Answered<R>, payload: Uint8Array): z.output<R> {
  if (message.reply === undefined) throw new TypeError(`${message.type} declares no answer`);
  return parseWith(message.reply, decodeJson(payload), `${message.type} (answer)`);
}

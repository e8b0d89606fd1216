import type { z } from 'zod';
import { ContractError } from './errors.ts';
import { decodeJson, encodeJson } from './json.ts';
import type { Role } from './roles.ts';
import type { StreamName } from './streams.ts';
import { isToken } from './tokens.ts';

/** The names between braces in a subject template. */
export type ParamsOf<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamsOf<Rest>
  : never;

export type Params<S extends string> = Record<ParamsOf<S>, string>;

/** How a message travels: in a stream, as a core publish, or as a core request with an answer. */
export type Delivery = StreamName | 'core' | 'request';

interface Declaration<S extends string, B extends z.ZodType, R extends z.ZodType> {
  type: string;
  /** Constants first, identifiers last: `parley.v1.task.cfp.{ns}.{capability}`. */
  subject: S;
  delivery: Delivery;
  from: readonly Role[];
  to: readonly Role[];
  /** FIPA performative (SC00037J), where the message is a speech act. */
  performative?: string;
  why: string;
  body: B;
  /** The answer to a `request`. */
  reply?: R;
}

/** One kind of message: its subject, its body, who sends it and how it travels. */
export interface MessageType<
  S extends string = string,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> extends Readonly<Declaration<S, B, R>> {
  /** The subject with every parameter inserted. Throws `ContractError` (`subject_invalid`) on a bad token. */
  toSubject(params: Params<S>): string;
  /** A subscription filter: parameters that are left out match any token. */
  filter(params?: Partial<Params<S>>): string;
  /** The parameters of a subject, or undefined when it is not one of this message's. */
  parseSubject(subject: string): Params<S> | undefined;
  /** Checks a value against the body. Throws `ContractError` (`message_invalid`) naming the field. */
  parse(value: unknown): z.infer<B>;
  /** Checks and encodes a body. Throws `ContractError` (`message_invalid`). */
  encode(body: z.input<B>): Uint8Array;
  /** Encodes without a check: for the hot path, where our own typed code built the body out of parsed parts. The receiver checks it. */
  encodeTyped(body: z.infer<B>): Uint8Array;
  decode(payload: Uint8Array): z.infer<B>;
}

export type Body<M extends { body: z.ZodType }> = z.infer<M['body']>;

const registry = new Map<string, MessageType>();

/** Every declared message, by type. */
export const messageTypes = (): readonly MessageType[] => [...registry.values()];

/** Checks a value, turning the first issue into a `ContractError` that names the field. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = `/${(issue?.path ?? []).join('/')}`;
  throw new ContractError('message_invalid', `${what}: ${field}: ${issue?.message ?? 'invalid'}`, {
    cause: result.error,
    field,
  });
}

export function defineMessage<const S extends string, B extends z.ZodType, R extends z.ZodType = z.ZodNever>(
  declaration: Declaration<S, B, R>,
): MessageType<S, B, R> {
  const tokens = declaration.subject.split('.').map((text) => ({
    text,
    param: text.startsWith('{') ? text.slice(1, -1) : undefined,
  }));

  function build(params: Record<string, string | undefined>, missing: string | undefined): string {
    let out = '';
    for (const { text, param } of tokens) {
      let token = text;
      if (param !== undefined) {
        const value = params[param] ?? missing;
        if (value === undefined || (value !== '*' && !isToken(value)) || (value === '*' && missing === undefined)) {
          throw new ContractError(
            'subject_invalid',
            `${declaration.type}: ${param} = ${JSON.stringify(value)} is not a token`,
            {
              field: param,
            },
          );
        }
        token = value;
      }
      out = out === '' ? token : `${out}.${token}`;
    }
    return out;
  }

  const parse = (value: unknown): z.infer<B> => parseWith(declaration.body, value, declaration.type);
  const message: MessageType<S, B, R> = {
    ...declaration,
    toSubject: (params) => build(params, undefined),
    filter: (params = {}) => build(params as Record<string, string | undefined>, '*'),
    parseSubject(subject) {
      const parts = subject.split('.');
      if (parts.length !== tokens.length) return undefined;
      const params: Record<string, string> = {};
      for (const [i, { text, param }] of tokens.entries()) {
        const part = parts[i] as string;
        if (param === undefined ? part !== text : !isToken(part)) return undefined;
        if (param !== undefined) params[param] = part;
      }
      return params as Params<S>;
    },
    parse,
    encode: (body) => encodeJson(parse(body)),
    encodeTyped: encodeJson,
    decode: (payload) => parse(decodeJson(payload)),
  };
  if (registry.has(declaration.type)) throw new Error(`message type ${declaration.type} is declared twice`);
  registry.set(declaration.type, message as unknown as MessageType);
  return message;
}

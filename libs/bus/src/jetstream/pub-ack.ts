import type { Msg } from 'nats';
import type { ApiProblem } from './api.ts';
import { API_CODE } from './api.ts';
import { headerBlockOf, statusOf } from './frame.ts';

/** The server's answer to one publish into a stream. */
export type PubAck =
  | { readonly kind: 'stored'; readonly sequence: number; readonly duplicate: boolean }
  /** The expectation failed; `newest` is the sequence that the server found, where it says so. */
  | { readonly kind: 'conflict'; readonly newest: number | undefined }
  /** Certainly not stored, and may work in a moment: the stream has no leader, the server is starting or overloaded. */
  | { readonly kind: 'later'; readonly reason: string }
  /** Certainly not stored, and will not be. */
  | { readonly kind: 'refused'; readonly code: 'too_large' | 'unavailable'; readonly reason: string };

interface Answer {
  seq?: number;
  duplicate?: boolean;
  error?: ApiProblem;
}

const TOO_MANY_REQUESTS = 429;
const decoder = new TextDecoder();

/** Reads a publish acknowledgement. An answer that is none (sequence 0) counts as `later`: the outcome is unknown. */
export function readPubAck(msg: Msg): PubAck {
  if (msg.data.length === 0) {
    const status = statusOf(headerBlockOf(msg));
    return {
      kind: 'later',
      reason: status?.code === 503 ? 'no stream takes the subject' : (status?.text ?? 'empty answer'),
    };
  }
  const { seq = 0, duplicate = false, error } = JSON.parse(decoder.decode(msg.data)) as Answer;
  if (error !== undefined) return readProblem(error);
  if (seq <= 0) return { kind: 'later', reason: 'the answer names no sequence' };
  return { kind: 'stored', sequence: seq, duplicate };
}

function readProblem({ code, err_code, description }: ApiProblem): PubAck {
  if (err_code === API_CODE.wrongLastSequence || err_code === API_CODE.wrongLastSequenceConstant) {
    const newest = /: (\d+)$/.exec(description)?.[1];
    return { kind: 'conflict', newest: newest === undefined ? undefined : Number(newest) };
  }
  const reason = `${description} (${err_code})`;
  if (err_code === API_CODE.messageTooLarge) return { kind: 'refused', code: 'too_large', reason };
  if (code === TOO_MANY_REQUESTS || (code === 503 && err_code !== API_CODE.storeFailed))
    return { kind: 'later', reason };
  return { kind: 'refused', code: 'unavailable', reason };
}

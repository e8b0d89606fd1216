import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

const sha256 = (text: string): string => hash('sha256', text);

/** The run id of a submission with an idempotency key: the same key is the same run, for ever. */
export const runIdOfKey = (ns: string, idempotencyKey: string): string =>
  `r${sha256(`key\n${ns}\n${idempotencyKey}`).slice(0, 24)}`;

/** The run id of a submission without a key: a redelivered message is the same run, a restored stream another one. */
export const runIdOfMessage = (ns: string, streamCreatedMs: number, sequence: number): string =>
  `r${sha256(`seq\n${ns}\n${streamCreatedMs}\n${sequence}`).slice(0, 24)}`;

/** The run id of a task announced by another system. */
export const runIdOfTask = (ns: string, taskId: string): string => `r${sha256(`task\n${ns}\n${taskId}`).slice(0, 24)}`;

/** The run id of a scheduled start: one per schedule and time at which it was due. */
export const runIdOfSchedule = (ns: string, id: string, occurrence: string): string =>
  `r${sha256(`schedule\n${ns}\n${id}\n${occurrence}`).slice(0, 24)}`;

/** The task id of a leaf: run id and path, `0.2.1` written `0-2-1`. */
export const taskIdOf = (runId: string, path: string): string => `${runId}-${path.replaceAll('.', '-')}`;

/** The run and path of a task id, or undefined when it is not one. */
export function parseTaskId(taskId: string): { run: string; path: string } | undefined {
  const cut = taskId.indexOf('-');
  if (cut < 1) return undefined;
  return { run: taskId.slice(0, cut), path: taskId.slice(cut + 1).replaceAll('-', '.') };
}

/** What a lease token is bound to. */
export interface LeaseClaims {
  ns: string;
  run: string;
  task: string;
  attempt: number;
  epoch: number;
  agent: string;
}

const claimText = (c: LeaseClaims): string => `${c.ns}\n${c.run}\n${c.task}\n${c.attempt}\n${c.epoch}\n${c.agent}`;

/** HMAC-SHA256 over the claims: the router issues it with an award, the conductor verifies a report by it without having seen the award. */
export const leaseToken = (key: string, claims: LeaseClaims): string =>
  createHmac('sha256', keyObject(key)).update(claimText(claims)).digest('base64url');

let newestKey: { readonly text: string; readonly key: KeyObject } | undefined;

/** A process uses one key: its key object is made once. */
function keyObject(text: string): KeyObject {
  if (newestKey?.text !== text) newestKey = { text, key: createSecretKey(text, 'utf8') };
  return newestKey.key;
}

/** True when the token was issued for exactly these claims; constant time. */
export function verifyLeaseToken(key: string, claims: LeaseClaims, token: string): boolean {
  const expected = Buffer.from(leaseToken(key, claims));
  const given = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Content address of bytes or text: SHA-256, lower-case hex. */
export const digestOf = (content: string | Uint8Array): string => hash('sha256', content);

import { randomBytes } from 'node:crypto';
import { Award, RunDecision, RunSignal } from '@parley/contracts';
import type { StreamOutgoing } from '@parley/bus';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const textOf = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);

/** A namespace that no other test uses. */
export const newNs = (): string => `t${randomBytes(6).toString('hex')}`;

export const award = (ns: string, n: number): StreamOutgoing => ({
  subject: Award.toSubject({ ns, agent: 'a', taskId: `t${n}`, attempt: '1' }),
  payload: bytes(String(n)),
  id: `${ns}.${n}`,
});

export const signal = (ns: string, n: number): StreamOutgoing => ({
  subject: RunSignal.toSubject({ ns, partition: '00', runId: `r${n}` }),
  payload: bytes(String(n)),
  id: `${ns}.${n}`,
});

/** A decision appended to one run's log after the sequence it expects. */
export const decision = (ns: string, content: string, lastSequence: number): StreamOutgoing => ({
  subject: RunDecision.toSubject({ ns, partition: '00', runId: 'r' }),
  payload: bytes(content),
  id: `${ns}.${content}`,
  expect: { lastSequence },
});

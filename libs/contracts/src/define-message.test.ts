import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as contracts from './index.ts';
import { messageTypes } from './define-message.ts';
import { ContractError } from './errors.ts';
import { STREAMS, type StreamDeclaration } from './streams.ts';

const { Award, Propose, RunSubmission } = contracts;

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);

const code = (fn: () => unknown): string | undefined => {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error instanceof ContractError ? error.code : String(error);
  }
};

test('the parameters of a subject come back from it', () => {
  fc.assert(
    fc.property(token, token, token, (ns, agent, taskId) => {
      const params = { ns, agent, taskId, attempt: '3' };
      expect(Award.parseSubject(Award.toSubject(params))).toEqual(params);
    }),
  );
});

test.each(['', '.', 'a.b', '*', '>', 'a b', '../x', 'ä', 'x'.repeat(129)])(
  'the token %j is refused in a subject',
  (ns) => {
    expect(code(() => RunSubmission.toSubject({ ns, workflow: 'w' }))).toBe('subject_invalid');
  },
);

test('a filter leaves out what it is not given, and is not a way to publish to a wildcard', () => {
  expect(Award.filter({ ns: 'a', taskId: 't' })).toBe('parley.v1.task.award.a.t.*.*');
  expect(code(() => Award.filter({ ns: 'a.b' }))).toBe('subject_invalid');
});

test('a subject of another message is not parsed', () => {
  expect(Award.parseSubject('parley.v1.task.award.ns.task.1')).toBeUndefined();
  expect(Award.parseSubject(Propose.toSubject({ ns: 'a', agent: 'b', router: 'c' }))).toBeUndefined();
});

test('a body that does not fit names the field', () => {
  const parse = (): unknown => RunSubmission.parse({ input: 1, limits: { tokens: -1 } });
  expect(parse).toThrow(/limits\/tokens/);
  expect(code(parse)).toBe('message_invalid');
});

test('an unknown field of a submission is refused, not ignored', () => {
  expect(code(() => RunSubmission.parse({ input: 1, isAdmin: true }))).toBe('message_invalid');
  expect(code(() => RunSubmission.parse({ input: 1, limits: { usd: 3 } }))).toBe('message_invalid');
});

test('every stream message is covered by exactly one stream, and it is the one it names', () => {
  const covers = (pattern: string, subject: string): boolean => subject.startsWith(pattern.slice(0, -1));
  const streams = Object.entries(STREAMS as Record<string, StreamDeclaration>);
  for (const message of messageTypes()) {
    const owners = streams.filter(([, s]) => s.subjects.some((p) => covers(p, message.filter()))).map(([name]) => name);
    expect([message.type, owners]).toEqual([
      message.type,
      message.delivery === 'core' || message.delivery === 'request' ? [] : [message.delivery],
    ]);
  }
});

test('no two messages can have the same subject', () => {
  const shapes = messageTypes().map((message) => message.filter());
  expect(new Set(shapes).size).toBe(shapes.length);
});

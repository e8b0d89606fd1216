import type { Body, HandoffOffer } from '@parley/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { answerOffer } from './answer-offer.ts';
import { agree, defineAgent, type OnOffer, refuse } from './define-agent.ts';

const Text = z.object({ text: z.string() });
const agentWith = (onOffer?: OnOffer) =>
  defineAgent({
    name: 'bob',
    version: '1.0.0',
    description: '',
    capabilities: { work: { description: '', input: Text, output: Text } },
    perform: { work: (input) => input },
    ...(onOffer === undefined ? {} : { onOffer }),
  });
const offer = (more: object = {}): Body<typeof HandoffOffer> => ({
  run: 'r',
  task: 't',
  attempt: 2,
  capability: 'work',
  from: 'ann',
  reason: 'r',
  priority: 'low',
  hop: 1,
  brief: {
    asked: '',
    found: [],
    failed: [],
    next: '',
  },
  deadlineAt: 1,
  performMs: 1,
  replyByMs: 1,
  inputBytes: 10,
  input: { text: 'x' },
  ...more,
});
const view = { slots: 2, inHand: 1, load: 0.5, meanMs: 700, meanMicroUsd: undefined };

test('an offer that fits is taken while a slot is free, for the time that such tasks take', () => {
  expect(answerOffer(agentWith(), offer(), view)).toEqual({ answer: 'agree', etaMs: 700 });
});

test.each([
  ['every slot is taken', {}, { ...view, inHand: 2 }, /^busy: 2 of 2/, false],
  ['the input does not fit', { input: { text: 5 } }, view, /input_invalid: \/text/, true],
  ['the capability is another agent’s', { capability: 'sing' }, view, /no capability sing/, true],
])('an offer is refused when %s', (_when, more, at, reason, final) => {
  expect(answerOffer(agentWith(), offer(more), at)).toEqual({
    answer: 'refuse',
    reason: expect.stringMatching(reason),
    final,
  });
});

test('an agent may refuse with a reason, and promise a time of its own', () => {
  const agent = agentWith((offered) => (offered.priority === 'low' ? refuse('not now') : agree({ etaMs: 5 })));
  expect(answerOffer(agent, offer(), view)).toMatchObject({ answer: 'refuse', reason: 'not now' });
  expect(answerOffer(agent, offer({ priority: 'high' }), view)).toEqual({ answer: 'agree', etaMs: 5 });
});

test('an agent that fails over an offer, or promises nonsense, refuses it', () => {
  const failing = agentWith(() => {
    throw new Error('oh');
  });
  expect(answerOffer(failing, offer(), view)).toMatchObject({ answer: 'refuse', reason: 'on_offer_failed: oh' });
  expect(
    answerOffer(
      agentWith(() => agree({ etaMs: NaN })),
      offer(),
      view,
    ),
  ).toMatchObject({ answer: 'refuse' });
});

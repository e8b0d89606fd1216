import { performOnce } from '@parley/agent/testing';
import { ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { billing, escalation, triage } from './support.ts';

test.each([
  ['I was charged twice on my last invoice.', 'billing'],
  ['The export ends with an error.', 'technical'],
  ['My lawyer will write to you about the invoice.', 'escalation'],
])('clear words settle a request without a model: %s', async (message, category) => {
  await expect(performOnce(triage, 'triage', { message })).resolves.toMatchObject({ category, confidence: 0.9 });
});

test('what has no clear word, or words of two desks, is asked of the model', async () => {
  const reply = { parsed: { category: 'technical', reason: 'it is about use', confidence: 0.6 } };
  using model = new ScriptedModel([{ reply }, { reply }]);
  await expect(performOnce(triage, 'triage', { message: 'Hello?' }, { model })).resolves.toEqual(reply.parsed);
  const both = { message: 'The invoice page shows an error.' };
  await expect(performOnce(triage, 'triage', both, { model })).resolves.toEqual(reply.parsed);
});

test('a desk that is not sure does not claim to have solved anything; the last desk keeps the case', async () => {
  const reply = { parsed: { text: 'I do not know.', confidence: 0.1 } };
  using model = new ScriptedModel([{ reply }, { reply }]);
  const request = { message: 'Why?' };
  await expect(performOnce(billing, 'resolve_billing', request, { model })).resolves.toMatchObject({ resolved: false });
  await expect(performOnce(escalation, 'resolve_escalation', request, { model })).resolves.toMatchObject({
    resolved: true,
    desk: 'escalation',
  });
});

import { performOnce } from '@parley/agent/testing';
import { ScriptedModel } from '@parley/model';
import { expect, test } from 'vitest';
import { lead } from './lead.ts';

const workers = [
  { name: 'a', description: 'knows letters' },
  { name: 'b', description: '' },
];

test('a plan keeps what names a worker of the team', async () => {
  const assignments = [
    { worker: 'b', instruction: 'count' },
    { worker: 'nobody', instruction: 'sing' },
    { worker: 'a', instruction: ' ' },
  ];
  using model = new ScriptedModel([{ reply: { parsed: { assignments } } }]);
  await expect(performOnce(lead, 'plan_work', { goal: 'count letters', workers }, { model })).resolves.toEqual({
    assignments: [{ worker: 'b', instruction: 'count' }],
  });
});

test('a plan that names nobody of the team becomes the plain one: everybody works on the goal', async () => {
  using model = new ScriptedModel([{ reply: { parsed: { assignments: [] } } }]);
  await expect(performOnce(lead, 'plan_work', { goal: 'count letters', workers }, { model })).resolves.toEqual({
    assignments: [
      { worker: 'a', instruction: 'count letters\nknows letters' },
      { worker: 'b', instruction: 'count letters' },
    ],
  });
});

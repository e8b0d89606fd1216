import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDevStack } from './dev-stack.ts';
import { temporaryFolder } from './folder.ts';

const PAY = `name: pay
root:
  kind: approval
  id: pay
  title: Pay the invoice
  action: { $from: /input/payment }
  quorum: 2
`;

interface Open {
  approval: string;
  votes: string[];
}

test('people approve one exact action from the command line, and the wait survives a killed conductor', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'pay.yaml');
  await writeFile(file, PAY);
  await using stack = await openDevStack();
  expect((await stack.json('workflows', 'register', file)).code).toBe(0);
  const { body } = await stack.json('run', 'pay', '--input', '{"payment":{"amount":9}}');
  const run = String(body['runId']);
  expect((await stack.json('approve', run, '--by', 'ann')).body).toMatchObject({
    open: true,
    votes: ['ann'],
    quorum: 2,
  });
  const twice = await stack.json('approve', run, '--by', 'ann');
  expect(twice).toMatchObject({ code: 65, body: { error: { code: 'decision_refused' } } });

  const { processes } = JSON.parse(await readFile(join(stack.data, 'dev.json'), 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  process.kill(processes.find(({ name }) => name === 'conductor')?.pid ?? 0, 'SIGKILL');

  const open = (await stack.json('approvals')).body['approvals'] as Open[];
  expect(open).toMatchObject([{ votes: ['ann'], action: { amount: 9 } }]);
  const decided = await stack.json('approve', run, '--by', 'bob');
  expect(decided.body).toMatchObject({ open: false, votes: ['ann', 'bob'] });
  const shown = (await stack.json('show', run)).body;
  expect(shown).toMatchObject({
    status: 'completed',
    output: { approved: true, by: ['ann', 'bob'], action: { amount: 9 } },
  });
});

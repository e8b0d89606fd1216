import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDevStack } from './dev-stack.ts';
import { temporaryFolder } from './folder.ts';

const PAY = `name: pay
root:
  kind: sequence
  id: all
  steps:
    - kind: approval
      id: pay
      title: Pay the invoice
      action: { $from: /input/payment }
      quorum: 2
      approvers: [ann, bob, carl]
    - kind: wait
      id: paid
      event: { name: paid }
`;

interface Open {
  approval: string;
  votes: string[];
}

test('people decide and the world is heard from the command line, and the wait survives a killed conductor', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'pay.yaml');
  await writeFile(file, PAY);
  await using stack = await openDevStack();
  expect((await stack.json('workflows', 'register', file)).code).toBe(0);
  const { body } = await stack.json('run', 'pay', '--by', 'carl', '--input', '{"payment":{"amount":9}}');
  const run = String(body['runId']);
  expect((await stack.json('approve', run, '--by', 'ann')).body).toMatchObject({
    status: 'open',
    votes: ['ann'],
    quorum: 2,
  });
  const refused = async (code: string, ...command: string[]) =>
    expect(await stack.json(...command)).toMatchObject({ code: 65, body: { error: { code } } });
  await refused('already_voted', 'approve', run, '--by', 'ann');
  await refused('not_an_approver', 'approve', run, '--by', 'eve');
  await refused('requester_excluded', 'approve', run, '--by', 'carl');
  expect((await stack.json('signal', run, 'paid', '--payload', '{"receipt":7}')).body).toMatchObject({ kept: true });

  const { processes } = JSON.parse(await readFile(join(stack.data, 'dev.json'), 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  process.kill(processes.find(({ name }) => name === 'conductor')?.pid ?? 0, 'SIGKILL');

  const open = (await stack.json('approvals')).body['approvals'] as Open[];
  expect(open).toMatchObject([{ votes: ['ann'], action: { amount: 9 } }]);
  const decided = await stack.json('approve', run, '--by', 'bob');
  expect(decided.body).toMatchObject({ status: 'approved', votes: ['ann', 'bob'] });
  const shown = (await stack.json('show', run)).body;
  expect(shown).toMatchObject({ status: 'completed', output: { receipt: 7 } });
  await refused('approval_closed', 'reject', run, '--by', 'ann');
  expect((await stack.json('approvals')).body['approvals']).toEqual([]);
  expect((await stack.json('approvals', '--all')).body['approvals']).toMatchObject([{ status: 'approved' }]);
  await refused('run_settled', 'signal', run, 'paid');
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkflow } from '@parley/workflow';
import { expect, onTestFinished, test } from 'vitest';
import { adviseCommand } from './advise.ts';

async function advise(...args: string[]): Promise<string> {
  let out = '';
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    note() {},
    style: (_: unknown, text: string) => text,
  };
  await adviseCommand(terminal).parseAsync(args, { from: 'user' });
  return out;
}

test('the advice names the pattern, the reasons, the team and the runner-up, and ends with the file', async () => {
  const text = await advise('Answer customer support tickets; refunds a human has to approve.');
  expect(text).toMatch(
    /^handoff: each agent passes on what is not its own; a person approves\n {2}because requests .*"support"/,
  );
  expect(text).toMatch(/^triage +names the desk of a request$/m);
  expect(text).toMatch(/^Runner-up: \w+ \(.*\)\. Prefer it when .*\.$/m);
  expect(text).toMatch(/^name: answer-customer-support-tickets$/m);
});

test('answers in flags count for more than words', async () => {
  const { pattern } = JSON.parse(
    await advise('Summarise every page.', '--independent', 'no', '--structure', 'known', '--json'),
  ) as { pattern: string };
  expect(pattern).toBe('sequence');
});

test('the file is written where it is told, and never over another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-advise-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'flow.yaml');
  expect(await advise('Summarise every page in parallel.', '--write', file)).not.toContain('inputSchema');
  expect(readWorkflow(await readFile(file, 'utf8'), file).definition.name).toBe('summarise-every-page-parallel');
  await writeFile(file, 'mine');
  await expect(advise('Summarise every page.', '--write', file)).rejects.toMatchObject({
    fault: { code: 'file_exists', exit: 64 },
  });
  expect(await readFile(file, 'utf8')).toBe('mine');
});

test.each([[' '], ['?!']])('%j is no task', async (task) => {
  await expect(advise(task)).rejects.toMatchObject({ fault: { code: 'task_empty', exit: 64 } });
});

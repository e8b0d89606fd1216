import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeadLetter, encodeJson, RunSubmission } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type DevStack, openDevStack } from './dev-stack.ts';
import { temporaryFolder } from './folder.ts';
import { publishPlain } from './plain-nats.ts';
import { isAlive, ROOT, run, start } from './program.ts';

const NS = 'default';

async function startDev(data: string): Promise<DevStack> {
  const dev = await openDevStack({ data });
  onTestFinished(() => dev[Symbol.asyncDispose]());
  return dev;
}

const subjectOf = (workflow: string): string => RunSubmission.toSubject({ ns: NS, workflow });

test('while dev runs, every other command finds the stack and any NATS client starts runs', async () => {
  const dev = await startDev(await temporaryFolder());
  const { bus, natsUrl, json, program } = dev;

  // A plain message starts a run.
  await publishPlain(natsUrl, subjectOf('research'), '{"input":{"question":"How are runs resumed after a crash?"}}');
  const listed = await eventually(
    async () => {
      const { body } = await json('runs');
      const runs = body['runs'] as { run: string; workflow: string; status: string }[];
      expect(runs).toEqual([expect.objectContaining({ workflow: 'research', status: 'completed' })]);
      return runs;
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );

  // A run is shown with who did what and why.
  const shown = await json('show', listed[0]?.run ?? '');
  expect(shown.code).toBe(0);
  expect(shown.body).toMatchObject({ status: 'completed', workflow: 'research' });
  const awards = shown.body['awards'] as { agent: string; reasons: { rule: string } }[];
  expect(awards.map(({ agent }) => agent)).toEqual(expect.arrayContaining(['planner', 'writer', 'reviewer']));

  // A run can be followed from its beginning.
  const tailed = await run('parley', ['tail', listed[0]?.run ?? '', '--data', dev.data]);
  expect(tailed.code).toBe(0);
  expect(tailed.stdout).toMatch(/run +research started/);
  expect(tailed.stdout).toMatch(/run +completed after \d+ steps/);

  // A reader that has seen enough is no failure, Ctrl-C while following is 130.
  const head = spawnSync('bash', [
    '-c',
    `"$0" "$1" tail --data "$2" "$3" | head -n 1; echo "\${PIPESTATUS[0]}"`,
    process.execPath,
    join(ROOT, 'services/cli/src/main.ts'),
    dev.data,
    listed[0]?.run ?? '',
  ]);
  expect(head.stdout.toString()).toMatch(/run +research started\n0\n$/);
  const following = start('parley', ['tail', '--data', dev.data]);
  await following.says(/following/);
  following.kill('SIGINT');
  expect(await following.ended).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/parley: interrupted\n$/) as string,
  });

  // The command starts one too; the same key is the same run.
  const input = ['--input', '{"question":"What does the guardian do?"}', '--key', 'k1'];
  const first = await json('run', 'research', ...input, '--wait');
  expect(first).toMatchObject({ code: 0, body: { status: 'completed' } });
  const second = await json('run', 'research', ...input, '--wait');
  expect(second.body['runId']).toBe(first.body['runId']);

  // All is well, and the agents are listed.
  expect(await json('doctor')).toMatchObject({ code: 0, body: { ok: true } });
  const { body } = await json('agents');
  const names = (body['agents'] as { card: { agent: string } }[]).map(({ card }) => card.agent);
  expect(names).toEqual(expect.arrayContaining(['analyst', 'planner', 'researcher', 'reviewer', 'writer']));

  // The installed command is the same one.
  const installed = spawnSync('npx', ['parley', 'agents', '--data', dev.data, '--json'], { cwd: ROOT });
  expect(installed.status, installed.stderr.toString()).toBe(0);
  expect((JSON.parse(installed.stdout.toString()) as { agents: object[] }).agents).toHaveLength(names.length);

  // What is unknown or wrong is told with its code.
  expect(await json('show', 'r000')).toMatchObject({ code: 66, body: { error: { code: 'run_unknown' } } });
  expect(await json('run', 'nothing')).toMatchObject({ code: 66, body: { error: { code: 'workflow_unknown' } } });
  expect(await json('run', 'research', '--input', '{"question":7}')).toMatchObject({
    code: 65,
    body: { error: { code: 'message_invalid' } },
  });

  // A malformed plain message is answered on its reply subject and kept with its reason.
  const inbox = `_INBOX.e2e.${randomUUID()}`;
  const answers: unknown[] = [];
  await using _listening = await bus.subscribe(inbox, (messages) => {
    for (const { payload } of messages) answers.push(JSON.parse(new TextDecoder().decode(payload)));
  });
  await bus.flush();
  await publishPlain(natsUrl, subjectOf('research'), '{"input":', inbox);
  await eventually(() =>
    expect(answers).toContainEqual({ error: { code: 'json_invalid', message: expect.any(String) as string } }),
  );
  const letter = await eventually(async () => {
    const kept = await bus.last('DEADLETTER', DeadLetter.filter({ ns: NS, source: 'conductor' }));
    const body = DeadLetter.decode(kept?.payload ?? encodeJson({}));
    expect(Buffer.from(body.payload, 'base64').toString()).toBe('{"input":');
    return body;
  });
  expect(letter).toMatchObject({ code: 'json_invalid', subject: subjectOf('research') });

  program.kill('SIGINT');
  expect((await program.ended).code).toBe(0);
});

test('what dev has kept is there again after a restart, and a killed process comes back', async () => {
  const data = await temporaryFolder();
  const first = await startDev(data);
  const input = ['--input', '{"question":"What does the guardian do?"}', '--wait'];
  const { body } = await first.json('run', 'research', ...input);
  const key = await readFile(join(data, 'lease.key'), 'utf8');
  expect((await stat(join(data, 'lease.key'))).mode & 0o077).toBe(0);
  first.program.kill('SIGTERM');
  expect((await first.program.ended).code).toBe(0);

  const again = await startDev(data);
  expect(await readFile(join(data, 'lease.key'), 'utf8')).toBe(key);
  expect(await again.json('show', String(body['runId']))).toMatchObject({ code: 0, body: { status: 'completed' } });

  const state = async () =>
    JSON.parse(await readFile(join(data, 'dev.json'), 'utf8')) as {
      processes: { name: string; pid: number; status: string; restarts: number }[];
    };
  const writer = async () => (await state()).processes.find(({ name }) => name === 'writer');
  const before = await writer();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await again.program.says(/writer ended by SIGKILL: it is started again/);
  const after = await eventually(
    async () => {
      const row = await writer();
      expect(row).toMatchObject({ status: 'ready', restarts: 1 });
      return row;
    },
    { timeoutMs: 20_000 },
  );
  expect(after?.pid).not.toBe(before?.pid);
  const pids = (await state()).processes.map(({ pid }) => pid);
  again.program.kill('SIGINT');
  again.program.kill('SIGINT');
  expect((await again.program.ended).code).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('two stacks cannot use one data folder', async () => {
  const data = await temporaryFolder();
  await startDev(data);
  const { code, stderr } = await run('parley', ['dev', '--data', data]);
  expect(code).toBe(69);
  expect(stderr).toMatch(/is in use by process \d+; stop process \d+, or choose another directory/);
  expect((await run('parley', ['doctor', '--data', data])).code).toBe(0);
});

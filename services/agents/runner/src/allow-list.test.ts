import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allowed, commandsOfFile, readCommands } from './allow-list.ts';

const commands = readCommands({
  tests: { argv: ['npm', 'test'], more: 'none', cwd: '/srv/shop' },
  unit: { argv: ['npm', 'test', 'unit'] },
  any: { argv: ['make'], more: 'any' },
});

test('the longest beginning that fits is the command', () => {
  expect(allowed(commands, ['npm', 'test', 'unit', 'a/b.ts'])).toMatchObject({ name: 'unit' });
  expect(allowed(commands, ['npm', 'test'])).toMatchObject({ name: 'tests', command: { cwd: '/srv/shop' } });
  expect(allowed(commands, ['make', '-j', '../x'])).toMatchObject({ name: 'any' });
});

test.each([
  [['npm', 'test', 'e2e'], 'command_not_allowed'],
  [['npm'], 'command_not_allowed'],
  [['npm', 'test', 'unit', '--watch'], 'command_not_allowed'],
  [['npm', 'test', 'unit', '../x'], 'workspace_forbidden'],
])('%j: %s', (run, code) => {
  expect(() => allowed(commands, run)).toThrow(expect.objectContaining({ code }));
});

test('a file that is no allow-list is told with the variable that names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-allow-'));
  const file = join(folder, 'commands.json');
  for (const text of [
    '{',
    '{"a":{"argv":[]}}',
    '{"a":{"argv":["x"],"cwd":"relative"}}',
    '{"a":{"argv":["x"],"mustPrint":"("}}',
  ]) {
    await writeFile(file, text);
    await expect(commandsOfFile(file)).rejects.toThrow(/PARLEY_COMMANDS/);
  }
  await writeFile(file, '{"a":{"argv":["x"]}}');
  expect([...(await commandsOfFile(file)).keys()]).toEqual(['a']);
  await rm(folder, { recursive: true });
});

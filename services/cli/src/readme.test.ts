import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as contracts from '@parley/contracts';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { parleyCommand } from './commands.ts';
import { demoCommand } from './demo/command.ts';
import type { Terminal } from './output/terminal.ts';
import { PROJECT_ROOT } from './stack/layout.ts';

const READMES = ['README.md', 'services/cli/README.md'];
const terminal: Terminal = { out() {}, note() {}, style: (_, text) => text };
const parley = parleyCommand(terminal);
const demo = demoCommand(terminal);
const commands = new Map(parley.commands.map((command) => [command.name(), command]));

const read = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');
const flagsOf = (command: Command | undefined): string[] => [
  '--help',
  ...(command?.options ?? []).map(({ long }) => long ?? ''),
  ...(command?.commands ?? []).flatMap((inner) => flagsOf(inner)),
];
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, group = '']) => group);

/** The lines of all shell blocks, without comments. */
function shellLines(text: string): string[] {
  return matches(text, /```sh\n([\s\S]*?)```/g)
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => line.replace(/\s#.*$/, '').split('&&'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const unquoted = (line: string): string => line.replaceAll(/'[^']*'|"[^"]*"/g, '…');

test('the first agent is quoted as it is in its file', () => {
  const quoted = [...read('README.md').matchAll(/<!-- example: (\S+) -->\n\n```ts\n([\s\S]*?)```/g)];
  expect(quoted.map(([, file]) => file)).toEqual(['test/examples/summarizer.ts']);
  for (const [, file = '', block] of quoted) expect(block).toBe(read(file));
});

test('the first agent has at most 25 lines', () => {
  expect(read('test/examples/summarizer.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

test.each(globSync('{.,libs/*,services/*,services/agents}/README.md', { cwd: PROJECT_ROOT }))(
  'every link of %s leads to something',
  (file) => {
    const links = matches(read(file), /\]\(([^)\s]+)\)/g).filter((link) => !/^(https?:|#)/.test(link));
    for (const link of links)
      expect(existsSync(join(PROJECT_ROOT, dirname(file), link.replace(/#.*$/, ''))), link).toBe(true);
  },
);

test.each(READMES)('every shell line of %s can be typed: commands, flags and files exist', (file) => {
  const lines = shellLines(read(file)).map((line) => unquoted(line));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const [, program = '', rest = ''] = /^(?:[A-Z_]+=\S+ )*(?:npx )?(\w+)(.*)$/.exec(line) ?? [];
    expect(['npm', 'parley', 'nats', 'node'], line).toContain(program);
    for (const path of matches(rest, /((?:\w+\/)+[\w-]+\.ts)\b/g))
      expect(existsSync(join(PROJECT_ROOT, path)), path).toBe(true);
    if (program === 'nats') continue;
    const command = program === 'npm' ? demo : commands.get(/^ (\w+)/.exec(rest)?.[1] ?? '');
    if (program === 'parley') expect(command, line).toBeDefined();
    for (const flag of matches(rest, /\s(--[a-z-]+)/g)) expect(flagsOf(command), line).toContain(flag);
  }
});

test.each(READMES)('every command and flag that the text of %s names is one', (file) => {
  const text = read(file);
  const flags = [...parley.commands, demo].flatMap((command) => flagsOf(command));
  for (const flag of matches(text, /`(--[a-z-]+)/g)) expect(flags).toContain(flag);
  for (const name of matches(text, /`parley (\w+)/g)) expect([...commands.keys()]).toContain(name);
  for (const name of matches(text, /and: (parley .*)/g).flatMap((list) => matches(list, /parley (\w+)/g)))
    expect([...commands.keys()]).toContain(name);
});

test.each(READMES)('every script that %s names is one', (file) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = matches(read(file), /npm run ([\w:]+)/g);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

test('every subject of the README belongs to a message', () => {
  const messages = Object.values(contracts).filter(
    (value): value is typeof contracts.RunSubmission =>
      typeof value === 'object' && value !== null && 'parseSubject' in value,
  );
  const subjects = matches(read('README.md'), /(parley\.v1\.[\w.]*\w)(?=[\s'`])/g);
  expect(subjects.length).toBeGreaterThan(2);
  for (const subject of subjects)
    expect(
      messages.some((message) => message.parseSubject(subject) !== undefined),
      subject,
    ).toBe(true);
});

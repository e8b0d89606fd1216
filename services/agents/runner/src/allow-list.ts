import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { TerminalError } from '@parley/agent';
import { ConfigError } from '@parley/service';
import { z } from 'zod';
import { segmentsOf } from './workspace.ts';

/** A command that the operator allows. */
const Command = z.strictObject({
  /** The words that it begins with. */
  argv: z.array(z.string().min(1)).min(1).max(64),
  /** What may follow: paths inside the workspace, anything, nothing. Whoever allows anything allows whatever the program can be told to do. */
  more: z.enum(['paths', 'any', 'none']).default('paths'),
  /** Where it runs: in the workspace, or in one folder whatever is asked. */
  cwd: z
    .union([z.literal('workspace'), z.string().refine(isAbsolute, 'is "workspace" or an absolute path')])
    .default('workspace'),
  /** Variables besides `PATH` and `HOME`. */
  env: z.record(z.string(), z.string()).default({}),
  /** A regular expression (flag m) without which success proves nothing. */
  mustPrint: z.string().refine(isRegExp, 'is no regular expression').optional(),
});
export type Command = z.infer<typeof Command>;

export type Commands = ReadonlyMap<string, Command>;

const File = z.record(z.string().min(1), Command);

/** Reads an allow-list: `{ name: { argv, more, cwd, env, mustPrint } }`. Throws `ZodError`. */
export const readCommands = (json: unknown): Commands => new Map(Object.entries(File.parse(json)));

/** Node's own test runner and syntax check, of files in the workspace; a test run without a test is no success. */
export const DEFAULT_COMMANDS: Commands = readCommands({
  'node-test': { argv: ['node', '--test'], mustPrint: '^(#|ℹ) tests [1-9]' },
  'node-check': { argv: ['node', '--check'] },
});

/** The allow-list of a file. Throws `ConfigError`. */
export async function commandsOfFile(path: string): Promise<Commands> {
  try {
    return readCommands(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const message =
      cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : (cause as Error).message;
    const fix = 'write { "name": { "argv": ["node", "--test"] } }';
    throw new ConfigError([{ variable: 'PARLEY_COMMANDS', value: path, message: `cannot be used: ${message}`, fix }], {
      cause,
    });
  }
}

/** The command that these words are, by the longest beginning that is allowed. Throws `TerminalError` (`command_not_allowed`, `workspace_forbidden`). */
export function allowed(commands: Commands, run: readonly string[]): { name: string; command: Command } {
  let best: { name: string; command: Command } | undefined;
  for (const [name, command] of commands) {
    const fits = command.argv.every((word, i) => run[i] === word);
    if (fits && command.argv.length > (best?.command.argv.length ?? 0)) best = { name, command };
  }
  if (best === undefined) {
    const known = [...commands.values()].map(({ argv }) => argv.join(' ')).join(', ');
    throw new TerminalError(
      'command_not_allowed',
      `${shown(run)} is not allowed; allowed are ${known || 'none'}, see PARLEY_COMMANDS`,
    );
  }
  const more = run.slice(best.command.argv.length);
  if (best.command.more === 'none' && more.length > 0)
    throw new TerminalError('command_not_allowed', `${best.name} takes no further words: ${shown(more)}`);
  if (best.command.more === 'paths') {
    for (const word of more) {
      if (word.startsWith('-'))
        throw new TerminalError(
          'command_not_allowed',
          `${best.name} takes paths alone, not the option ${shown([word])}`,
        );
      segmentsOf(word);
    }
  }
  return best;
}

const shown = (words: readonly string[]): string => words.join(' ').slice(0, 200);

function isRegExp(source: string): boolean {
  try {
    return new RegExp(source, 'm').source !== '';
  } catch {
    return false;
  }
}

import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { decodeUntrustedJson, type Json } from '@parley/contracts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** What a flag such as `--input` holds: JSON, `@file`, or `-` for standard input. Throws `CliError`. */
export async function readInput(text: string, flag = '--input'): Promise<Json> {
  const source =
    text === '-'
      ? await readAll(process.stdin)
      : text.startsWith('@')
        ? await readInputFile(text.slice(1), flag)
        : text;
  try {
    return decodeUntrustedJson(new TextEncoder().encode(source)) as Json;
  } catch (cause) {
    throw new CliError(
      {
        exit: EXIT.badData,
        code: 'input_invalid',
        field: flag,
        value: text,
        message: cause instanceof Error ? cause.message : String(cause),
        fix: `give a JSON value, for example '{"question":"…"}'`,
      },
      { cause },
    );
  }
}

async function readInputFile(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new CliError(
      {
        exit: code === 'EACCES' ? EXIT.noPermission : EXIT.noInput,
        code: 'file_unreadable',
        field: flag,
        value: `@${path}`,
        message: `the file cannot be read (${code})`,
        fix: 'name a file that exists and may be read',
      },
      { cause },
    );
  }
}

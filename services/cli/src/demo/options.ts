import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

export interface DemoFlags {
  readonly docs?: string;
  readonly ask?: string;
  readonly json?: true;
  readonly keep?: true;
  readonly data?: string;
  readonly budgetUsd?: number;
  readonly timeout: number;
}

/** Bytes of UTF-8. */
export const MAX_QUESTION_BYTES = 65_536;

/** Answered by the project's own documentation. */
export const DEFAULT_QUESTION = 'How does a run survive the crash of any process, and how do agents bid for work?';

/** The question to ask. Throws `CliError` when it is empty, too long or no text. */
export function readQuestion(ask: string | undefined, docs: string | undefined): string {
  if (ask === undefined) {
    if (docs === undefined) return DEFAULT_QUESTION;
    throw wrong('question_missing', '', 'a question about these documents is needed', 'add --ask "<question>"');
  }
  const question = ask.trim();
  if (!/[\p{L}\p{N}]/u.test(question)) throw wrong('question_empty', ask, 'holds no word', 'ask a question in words');
  const bytes = Buffer.byteLength(question);
  if (bytes > MAX_QUESTION_BYTES) {
    const most = MAX_QUESTION_BYTES.toLocaleString('en');
    const message = `has ${bytes.toLocaleString('en')} bytes, at most ${most} are accepted`;
    throw wrong('question_too_long', question, message, 'ask less, and put long texts into the folder');
  }
  return question;
}

function wrong(code: string, value: string, message: string, fix: string): CliError {
  return new CliError({ exit: EXIT.usage, code, field: '--ask', value: value.replaceAll(/\s+/g, ' '), message, fix });
}

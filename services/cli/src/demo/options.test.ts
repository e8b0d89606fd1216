import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { DEFAULT_QUESTION, MAX_QUESTION_BYTES, readQuestion } from './options.ts';

function faultOf(read: () => unknown): CliError['fault'] {
  try {
    read();
  } catch (error) {
    if (error instanceof CliError) return error.fault;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('without a question the project answers one about itself', () => {
  expect(readQuestion(undefined, undefined)).toBe(DEFAULT_QUESTION);
});

test('documents without a question are refused', () => {
  expect(faultOf(() => readQuestion(undefined, '/docs'))).toMatchObject({ exit: 64, code: 'question_missing' });
});

test.each(['', '   ', '\n', '?!…'])('a question without a word is refused: %j', (ask) => {
  expect(faultOf(() => readQuestion(ask, undefined))).toMatchObject({
    exit: 64,
    field: '--ask',
    code: 'question_empty',
  });
});

test('the length of a question counts in bytes, not in characters', () => {
  expect(readQuestion('a'.repeat(MAX_QUESTION_BYTES), undefined)).toHaveLength(MAX_QUESTION_BYTES);
  expect(faultOf(() => readQuestion('ä'.repeat(MAX_QUESTION_BYTES), undefined)).code).toBe('question_too_long');
});

test('a question of 100 kB gives one short line that says what to do', () => {
  const { message } = new CliError(faultOf(() => readQuestion('why? '.repeat(20_000), undefined)));
  expect(message.length).toBeLessThan(300);
  expect(message).toMatch(/^--ask ".*…": has 99,999 bytes, at most 65,536 are accepted; ask less/);
});

test('any script is a question', () => {
  expect(readQuestion(' なぜ？ ', undefined)).toBe('なぜ？');
});

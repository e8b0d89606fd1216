import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileProblem, readWorkflow, toYaml, WorkflowFileError } from './index.ts';

const FILES = ['research.yaml', 'templates/support-triage/workflow.yaml', 'templates/creative-workshop/workflow.yaml'];
const SOURCES = FILES.map((file) => readFileSync(new URL(`../../../workflows/${file}`, import.meta.url), 'utf8'));
const PIECES = [
  '',
  ' ',
  '\n',
  '\t',
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '!!js ',
  '#',
  '|',
  '>',
  'no',
  '1e3',
  'null',
  '?',
  '%',
  '\u{0}',
  '\u{e9}',
  '  id: x\n',
  '$from: /steps/x',
];

/** A good file in which something was cut out and something else put in, once or a few times. */
const broken = fc
  .tuple(
    fc.constantFrom(...SOURCES),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...PIECES)), { minLength: 1, maxLength: 4 }),
  )
  .map(([source, edits]) =>
    edits.reduce((text, [at, length, piece]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + piece + text.slice(cut + length);
    }, source),
  );

function problemsOf(text: string, file: string): readonly FileProblem[] {
  try {
    const { definition, digest } = readWorkflow(text, file);
    expect(readWorkflow(toYaml(definition), 'again.yaml').digest).toBe(digest);
    return [];
  } catch (error) {
    if (error instanceof WorkflowFileError) return error.problems;
    throw error;
  }
}

test('whatever is done to a file, it is read or told what is wrong, in a line that it has', () => {
  const anything = fc.oneof({ weight: 4, arbitrary: broken }, fc.string({ unit: 'binary' }), fc.json());
  fc.assert(
    fc.property(anything, fc.constantFrom('f.yaml', 'f.json'), (text, file) => {
      const lines = text.split('\n').length;
      for (const { line, column, message } of problemsOf(text, file)) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 250 },
  );
});

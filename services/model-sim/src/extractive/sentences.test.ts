import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitSentences } from './sentences.ts';

const texts = (text: string): string[] => splitSentences(text).map((sentence) => sentence.text);

test('prose is split at sentence ends and not at abbreviations, decimals or file names', () => {
  expect(texts('A lease lasts 2.5 s, e.g. Five of them. See main.ts for more! Is it so? Yes.')).toEqual([
    'A lease lasts 2.5 s, e.g. Five of them.',
    'See main.ts for more!',
    'Is it so?',
    'Yes.',
  ]);
});

test('a sentence over several lines keeps its line breaks', () => {
  expect(texts('The router\nawards tasks. Then\nit waits.')).toEqual(['The router\nawards tasks.', 'Then\nit waits.']);
});

test('headings, list items, table rows and code lines are pieces of their own, without their markers', () => {
  const markdown =
    '# Title\n\n- one item\n- another\n  goes on\n\n| a | b |\n|---|---|\n| c | d |\n\n```sh\nnpm start\n```\n> quoted';
  expect(splitSentences(markdown).map(({ kind, text }) => [kind, text])).toEqual([
    ['heading', 'Title'],
    ['prose', 'one item'],
    ['prose', 'another\n  goes on'],
    ['row', '| a | b |'],
    ['row', '| c | d |'],
    ['code', 'npm start'],
    ['prose', 'quoted'],
  ]);
});

test('every piece is a substring at its offset, whatever the text', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('# H', '- item', '| r |', '```', '> q', '', 'A b. C d.', 'x!  "Y"', '1. n'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.join('\n');
      for (const sentence of splitSentences(text)) {
        expect(text.slice(sentence.offset, sentence.offset + sentence.text.length)).toBe(sentence.text);
      }
    }),
  );
});

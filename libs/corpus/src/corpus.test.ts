import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CorpusError } from './errors.ts';
import { loadCorpus } from './load-corpus.ts';

const LIBRARY = fileURLToPath(new URL('../test-fixtures/library', import.meta.url));
const corpus = await loadCorpus(LIBRARY);
const contentOf = (file: string) => readFileSync(`${LIBRARY}/${file}`, 'utf8');
const lineOf = (file: string, text: string) =>
  contentOf(file).slice(0, contentOf(file).indexOf(text)).split('\n').length;

test('search finds the passage under its headings, whatever the inflection', () => {
  const [hit] = corpus.search('What are neap tides?');
  expect(hit).toMatchObject({ file: 'guides/tides.md', line: lineOf('guides/tides.md', '# Tides'), heading: 'Tides' });
  expect(hit?.coverage).toBe(1);
  expect(corpus.search('lamps burning')[0]).toMatchObject({ file: 'notes.txt', coverage: 1 });
  expect(corpus.search('harbour range Saint-Malo')[0]).toMatchObject({ heading: 'Tides > Tables and lists' });
});

test('a query that the corpus does not know finds nothing, one it half knows has half coverage', () => {
  expect(corpus.search('quantum chromodynamics')).toEqual([]);
  expect(corpus.search('the of and')).toEqual([]);
  expect(corpus.search('')).toEqual([]);
  expect(corpus.search('lamp chromodynamics')[0]?.coverage).toBe(0.5);
});

test('hidden text of a page is not searchable', () => {
  expect(corpus.search('kraken')).toEqual([]);
  expect(corpus.search('yellow special')[0]?.file).toBe('page.html');
});

test('results have a total order and respect the limit', () => {
  const all = corpus.search('tide water buoy lamp marks', { limit: 50 });
  expect(corpus.search('tide water buoy lamp marks', { limit: 50 })).toEqual(all);
  expect(corpus.search('tide water buoy lamp marks', { limit: 2 })).toEqual(all.slice(0, 2));
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
});

test('a question of 100 kB is answered like any other', () => {
  expect(corpus.search(`lamp ${'dusk dawn '.repeat(10_000)}`)[0]?.file).toBe('notes.txt');
});

test('sentences are exact pieces of the file, also over line breaks, abbreviations and bold', () => {
  const { sentences } = corpus.readPassage({ file: 'guides/tides.md', line: 7 });
  expect(sentences.map(({ text }) => text)).toEqual([
    'The tide is the rise and fall of the sea.',
    'It is caused by the Moon (mostly) and the Sun, e.g. during\na spring tide both pull along one line.',
    '**Neap tides are weaker.**',
    'They come a week later.',
  ]);
  for (const { line, text } of sentences) {
    expect(contentOf('guides/tides.md').includes(text)).toBe(true);
    expect(line).toBe(lineOf('guides/tides.md', text));
  }
});

test('list items lose their marker, table rows their head, and headings and code are no sentences', () => {
  const { sentences } = corpus.readPassage({ file: 'guides/tides.md', line: lineOf('guides/tides.md', '## Tables') });
  expect(sentences.map(({ text }) => text)).toEqual([
    '| Saint-Malo | 12              |',
    '| Venice     | 1               |',
    'High water comes twice a day.',
    'Slack water is the short time\n  without a current.',
  ]);
});

test('in html a sentence has the line of the file, and stands in it verbatim unless markup or entities are inside', () => {
  const { sentences } = corpus.readPassage({ file: 'page.html', line: lineOf('page.html', 'A red buoy') });
  const [red, green] = sentences;
  expect(red).toEqual({ line: lineOf('page.html', 'A red buoy'), text: 'A red buoy marks the port side.' });
  expect(contentOf('page.html')).toContain(red?.text);
  expect(green).toEqual({ line: lineOf('page.html', 'A green one'), text: 'A green one marks starboard — in Europe.' });
});

test('every sentence of every passage is a valid citation', () => {
  const citations = corpus
    .search('tide water buoy lamp marks yellow man', { limit: 100 })
    .flatMap(({ file, line }) =>
      corpus
        .readPassage({ file, line })
        .sentences.map((sentence) => ({ file, line: sentence.line, quote: sentence.text })),
    );
  expect(citations.length).toBeGreaterThan(10);
  expect(corpus.verifyCitations(citations)).toMatchObject({ valid: true });
});

test('a quote must be exact and begin on its line', () => {
  const file = 'notes.txt';
  const reasons = (
    [
      { file, line: 3, quote: 'The lamp was lit at dusk and burned\nuntil dawn.' },
      { file, line: 4, quote: 'until dawn.' },
      { file, line: 3, quote: 'until dawn.' },
      { file, line: 3, quote: 'The lamp was lit at dusk and burned until dawn.' },
      { file, line: 3, quote: 'the lamp' },
      { file, line: 3, quote: ' \n' },
      { file, line: 99, quote: 'dawn' },
      { file, line: 1.5, quote: 'dawn' },
      { file: 'nowhere.md', line: 1, quote: 'dawn' },
      { file: '../notes.txt', line: 1, quote: 'dawn' },
    ] as const
  ).map((citation) => corpus.verifyCitations([citation]).results[0]);
  expect(reasons.map((result) => result?.reason)).toEqual([
    undefined,
    undefined,
    'wrong_line',
    'not_in_file',
    'not_in_file',
    'quote_empty',
    'line_invalid',
    'line_invalid',
    'file_unknown',
    'file_forbidden',
  ]);
  expect(reasons[2]?.foundAt).toBe(4);
  expect(
    corpus.verifyCitations([
      { file, line: 4, quote: 'until dawn.' },
      { file, line: 4, quote: 'no' },
    ]).valid,
  ).toBe(false);
});

test('context widens a passage by whole lines, and a line between passages gives the next one', () => {
  expect(corpus.readPassage({ file: 'notes.txt', line: 6, context: 0 })).toMatchObject({ startLine: 1, endLine: 6 });
  const html = lineOf('page.html', '<h1>');
  expect(corpus.readPassage({ file: 'page.html', line: 1 }).startLine).toBe(lineOf('page.html', '<title>'));
  expect(corpus.readPassage({ file: 'page.html', line: html, context: 1 }).startLine).toBeLessThan(html);
});

test.each(['../x.md', '/etc/passwd', 'a/../../x', String.raw`..\x`, 'C:/x', 'a\0b', 'x'.repeat(1_025), '', '~/x'])(
  'the path %j is forbidden',
  (file) => {
    expect(() => corpus.readPassage({ file, line: 1 })).toThrow(
      expect.objectContaining({ code: 'tool_arg_forbidden' }),
    );
  },
);

test('an unknown file and a line outside it are told apart', () => {
  const codeOf = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      return error instanceof CorpusError ? [error.code, error.field] : error;
    }
    return undefined;
  };
  expect(codeOf(() => corpus.readPassage({ file: 'photo.png', line: 1 }))).toEqual(['file_unknown', 'file']);
  expect(codeOf(() => corpus.readPassage({ file: 'notes.txt', line: 0 }))).toEqual(['line_out_of_range', 'line']);
  expect(codeOf(() => corpus.readPassage({ file: 'notes.txt', line: 1, context: -1 }))).toEqual([
    'tool_arg_invalid',
    'context',
  ]);
});

import { expect, test, vi } from 'vitest';
import type { Document } from './document.ts';
import { findLineStarts } from './document.ts';
import { htmlText } from './html-text.ts';
import { markdownBlocks } from './markdown-blocks.ts';
import { cutPassages } from './passages.ts';
import { sentencesBetween } from './sentences.ts';

function markdown(text: string): Document {
  return { file: 'f.md', kind: 'markdown', text, lineStarts: findLineStarts(text), blocks: markdownBlocks(text) };
}

function html(source: string): Document {
  const { text, blocks } = htmlText(source);
  return { file: 'f.html', kind: 'html', text, lineStarts: findLineStarts(text), blocks };
}

const textsOf = (document: Document) => cutPassages(document).map(({ start, end }) => document.text.slice(start, end));

test('a heading opens a passage and belongs to it, nested headings make its path', () => {
  const document = markdown('# A\n\n## B\none\n\n### C `x`\ntwo\n\n## D\nthree\n');
  expect(cutPassages(document).map(({ id, heading }) => [id, heading])).toEqual([
    ['f.md:1', 'A > B'],
    ['f.md:6', 'A > B > C x'],
    ['f.md:9', 'A > D'],
  ]);
  expect(textsOf(document)[0]).toBe('# A\n\n## B\none');
});

test('neighbouring paragraphs share a passage until it is full', () => {
  const paragraph = 'A sentence of some length stands here. '.repeat(12).trim();
  const document = markdown([paragraph, paragraph, paragraph, paragraph].join('\n\n'));
  expect(cutPassages(document).map(({ line }) => line)).toEqual([1, 5]);
});

test('one endless line is cut into passages with ids of their own, and nothing is lost', () => {
  const line = 'Word after word without any end, and on it goes. '.repeat(300).trim();
  const document = markdown(line);
  const passages = cutPassages(document);
  expect(new Set(passages.map(({ id }) => id)).size).toBe(passages.length);
  expect(passages[2]?.id).toBe('f.md:1:3');
  expect(textsOf(document).join(' ')).toBe(line);
  expect(Math.max(...textsOf(document).map((text) => text.length))).toBeLessThanOrEqual(2_000);
});

test('a line without spaces is never cut inside a character', () => {
  for (const text of textsOf(markdown('x' + '\u{1F40B}'.repeat(3_000)))) expect(text.isWellFormed()).toBe(true);
});

test('windows line ends stay inside sentences, and line numbers count them once', () => {
  const document = markdown('# T\r\n\r\nOne goes\r\non here. Two.\r\n');
  expect(sentencesBetween(document, 0, document.text.length)).toEqual([
    { line: 3, text: 'One goes\r\non here.' },
    { line: 4, text: 'Two.' },
  ]);
});

test('code that looks like a heading or a list is code, also when its fence is never closed', () => {
  const document = markdown('Text.\n\n````\n# no\n```\n- no\n````\n\nAfter.\n\n~~~\n# open');
  expect(document.blocks.map(({ kind }) => kind)).toEqual(['paragraph', 'code', 'paragraph', 'code']);
});

test('html keeps the line numbers of the file through comments, scripts, attributes and encoded line breaks', () => {
  const source = '<p\n a="1">one&#10;x</p>\r\n<!--\n\n--><script>\nlet p = "<p>";\n</script><p>two</p>\n<p>three';
  const { lineStarts, text, blocks } = html(source);
  expect(lineStarts).toHaveLength(source.split('\n').length);
  const lineOf = (word: string) => text.slice(0, text.indexOf(word)).split('\n').length;
  expect([lineOf('one x'), lineOf('two'), lineOf('three')]).toEqual([2, 7, 8]);
  expect(blocks).toHaveLength(3);
});

test('html cells are parted, nested paragraphs of an item stay in it, and titles head everything', () => {
  const document = html('<title>T</title><h2>H</h2><ul><li><p>a</p><p>b</p></li></ul><table><tr><td>1<td>2</table>');
  expect(document.blocks.map(({ kind, start, end }) => [kind, document.text.slice(start, end)])).toEqual([
    ['heading', 'T'],
    ['heading', 'H'],
    ['item', 'a'],
    ['item', 'b'],
    ['table', '1 | 2'],
  ]);
  expect(cutPassages(document)[0]?.heading).toBe('T > H');
});

test('a comment hides what is in it, also when it is never closed, but not inside a script', () => {
  const { text } = html('<p>a<!-- <p>b -->c</p><script>"<!--"</script><p>d</p><!-- e');
  expect(text.replaceAll(/\s+/g, '')).toBe('acd');
});

test.each([
  ['nested elements', '<div>'.repeat(100_000)],
  ['unclosed comments', '<!--'.repeat(200_000)],
  ['spans on one line', '<span>a</span>'.repeat(50_000)],
  ['unclosed paragraphs', '<p>a'.repeat(20_000)],
])('html made of many %s is read or refused before the test runs out of time', (_, source) => {
  try {
    htmlText(source);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
});

test.each([
  ['brackets', `# ${'['.repeat(200_000)}`],
  ['spaces', `# a${' '.repeat(200_000)}x`],
  ['marks', `# a${' #'.repeat(200_000)}x`],
  ['quotation marks', `${'> '.repeat(200_000)}x`],
])('a markdown line of many %s is read before the test runs out of time', (_, source) => {
  expect(cutPassages(markdown(source)).length).toBeGreaterThan(0);
});

test('a heading drops its closing marks and keeps those that belong to a word', () => {
  const titles = markdown('# A ##\n# C#\n#\n#no\n').blocks.map(({ title }) => title);
  expect(titles).toEqual(['A', 'C#', '', undefined]);
});

test('sentences of an endless line are read without splitting all of it', () => {
  const document = markdown('This is one of very many sentences. '.repeat(100_000));
  const [, second] = cutPassages(document);
  using split = vi.spyOn(Intl.Segmenter.prototype, 'segment');
  const sentences = sentencesBetween(document, second?.start ?? 0, second?.end ?? 0);
  const characters = split.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  expect(characters).toBeGreaterThan(0);
  expect(characters).toBeLessThan(10_000);
  expect(sentences.length).toBeGreaterThan(20);
  expect(new Set(sentences.map(({ text }) => text))).toEqual(new Set(['This is one of very many sentences.']));
});

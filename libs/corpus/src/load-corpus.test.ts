import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CorpusError } from './errors.ts';
import { loadCorpus, type Progress } from './load-corpus.ts';
import { tinyPdf } from '../test-fixtures/tiny-pdf.ts';

const LIBRARY = fileURLToPath(new URL('../test-fixtures/library', import.meta.url));

async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-corpus-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

async function errorOf(loading: Promise<unknown>): Promise<CorpusError> {
  const error = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CorpusError) return error;
  throw new Error('expected a CorpusError', { cause: error });
}

test('readable documents are loaded, everything else is listed with its reason', async () => {
  const progress: Progress[] = [];
  const corpus = await loadCorpus(LIBRARY, { onProgress: (step) => progress.push(step) });
  expect(corpus.files).toEqual(['guides/tides.md', 'notes.txt', 'page.html']);
  expect(corpus.skipped).toEqual([
    { file: 'binary.md', reason: 'binary' },
    { file: 'empty.md', reason: 'no_text' },
    { file: 'photo.png', reason: 'unsupported_type' },
  ]);
  expect(progress.at(-1)).toEqual({ file: 'page.html', done: 5, total: 5 });
});

test('dot folders and node_modules are not entered, and links may not leave the folder', async () => {
  const outside = await folderWith({ 'secret.md': 'The secret is out.' });
  const folder = await folderWith({
    'a.md': 'Seen.',
    '.git/b.md': 'No.',
    'node_modules/c.md': 'No.',
    '.data/mounted.md': 'Mounted.',
  });
  await symlink(join(outside, 'secret.md'), join(folder, 'escape.md'));
  await symlink(outside, join(folder, 'escape'));
  await symlink(folder, join(folder, 'loop'));
  await symlink(join(folder, 'a.md'), join(folder, 'same.md'));
  await symlink(join(folder, '.data/mounted.md'), join(folder, 'mounted.md'));
  await symlink(join(folder, 'gone.md'), join(folder, 'dangling.md'));
  const corpus = await loadCorpus(folder);
  expect(corpus.files).toEqual(['a.md', 'mounted.md']);
  expect(corpus.skipped).toEqual([
    { file: 'dangling.md', reason: 'unreadable' },
    { file: 'escape', reason: 'outside_folder' },
    { file: 'escape.md', reason: 'outside_folder' },
  ]);
});

test('a folder that is missing, a file, or without documents is refused with field, value and fix', async () => {
  const folder = await folderWith({
    'x.bin': 'x',
    'y.md': new Uint8Array([0, 1]),
    'z.txt': new Uint8Array([0xc3, 0x28]),
  });
  const missing = await errorOf(loadCorpus(join(folder, 'nowhere')));
  expect(missing).toMatchObject({ code: 'folder_missing', field: 'folder', value: join(folder, 'nowhere') });
  expect(missing.message).toMatch(/does not exist; fix: /);
  expect(await errorOf(loadCorpus(join(folder, 'x.bin')))).toMatchObject({ code: 'not_a_folder' });
  const empty = await errorOf(loadCorpus(folder));
  expect(empty.code).toBe('folder_empty');
  expect(empty.message).toContain('skipped x.bin: unsupported_type, y.md: binary, z.txt: binary');
  expect(empty.message).not.toContain('\n');
});

test('a file over the size limit is skipped without being read', async () => {
  const folder = await folderWith({ 'a.md': 'Small.', 'big.txt': '' });
  await truncate(join(folder, 'big.txt'), 50 * 2 ** 20);
  const corpus = await loadCorpus(folder);
  expect(corpus.skipped).toEqual([{ file: 'big.txt', reason: 'too_large' }]);
});

test('too many files, or too much together, are refused', async () => {
  const folder = await folderWith({ 'a.md': 'One.', 'b.md': 'Two.', 'c.md': 'Three.' });
  expect(await errorOf(loadCorpus(folder, { maxFiles: 2 }))).toMatchObject({ code: 'too_many_files' });
  expect(await errorOf(loadCorpus(folder, { maxTotalBytes: 10 }))).toMatchObject({ code: 'folder_too_large' });
  expect(await errorOf(loadCorpus(folder, { maxCharacters: 10 }))).toMatchObject({ code: 'folder_too_large' });
});

test('loading stops when it is aborted', async () => {
  await expect(loadCorpus(LIBRARY, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('a pdf is read page by page, a damaged one is skipped', async () => {
  const folder = await folderWith({
    'manual.pdf': tinyPdf([
      ['The anchor holds in sand.', 'It slips on rock.'],
      ['Chain length is five times the depth.'],
    ]),
    'broken.pdf': '%PDF-1.4 nothing follows',
    'not.pdf': 'plain text',
  });
  const corpus = await loadCorpus(folder);
  expect(corpus.skipped).toEqual([
    { file: 'broken.pdf', reason: 'unreadable' },
    { file: 'not.pdf', reason: 'binary' },
  ]);
  const [hit] = corpus.search('chain length');
  expect(hit).toMatchObject({ file: 'manual.pdf', line: 3, coverage: 1 });
  const passage = corpus.readPassage({ file: 'manual.pdf', line: 3 });
  expect(passage).toMatchObject({ page: 2, sentences: [{ line: 3, text: 'Chain length is five times the depth.' }] });
  expect(corpus.readPassage({ file: 'manual.pdf', line: 2 }).sentences[1]).toEqual({
    line: 2,
    text: 'It slips on rock.',
  });
});

test('a thousand files load and are found again', async () => {
  const paragraph = 'Sailors measure depth with a lead line and write it down. '.repeat(12);
  const folder = await folderWith(
    Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `${index % 10}/f${index}.md`,
        `# File ${index}\n\n${paragraph}\n\n## Word${index}x\n\nThe mark of this file is mark${index}x.\n`,
      ]),
    ),
  );
  const corpus = await loadCorpus(folder);
  expect(corpus.search('mark777x')[0]).toMatchObject({ file: '7/f777.md', coverage: 1 });
}, 20_000);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Corpus, loadCorpus } from '@parley/corpus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReview } from './review.ts';
import { performSkill } from './perform-skill.ts';

let folder: string;
let corpus: Corpus;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-reviewer-'));
  await writeFile(join(folder, 'a.md'), 'The sea rises.\n\nIt falls again.\n');
  corpus = await loadCorpus(folder);
});

afterAll(() => rm(folder, { recursive: true }));

const rises = { file: 'a.md', line: 1, quote: 'The sea rises.' };
const good = { answered: true, answer: 'It rises. [a.md:1]', citations: [rises] };
const review = (candidate: object) => performSkill(createReview(corpus), { candidate: { ...good, ...candidate } });

test('an answer whose citations hold is valid', async () => {
  await expect(review({})).resolves.toEqual({ verdict: 'VALID', reason: '1 of 1 citations hold' });
});

test('an answer that claims nothing and cites nothing is valid', async () => {
  await expect(review({ answered: false, answer: 'Not in the documents.', citations: [] })).resolves.toMatchObject({
    verdict: 'VALID',
  });
});

test.each([
  ['a quote that is not in the file', { citations: [{ ...rises, quote: 'The sea sings.' }] }, 'not_in_file'],
  ['a quote on another line', { answer: 'x [a.md:3]', citations: [{ ...rises, line: 3 }] }, 'it stands on line 1'],
  ['a file outside of the folder', { citations: [{ ...rises, file: '../a.md' }] }, 'file_forbidden'],
  ['an answer without citations', { citations: [] }, 'cites nothing'],
  ['a sentence without a marker', { answer: 'It rises. [a.md:1]\nIt sings.' }, 'no citation: "It sings."'],
  ['a citation that is not used', { answer: 'It rises.' }, 'does not use its citation'],
  ['an empty answer', { answer: ' ' }, 'empty'],
  ['a refusal that cites', { answered: false }, 'must cite nothing'],
])('%s is invalid, with the reason', async (_, candidate, reason) => {
  await expect(review(candidate)).resolves.toMatchObject({
    verdict: 'INVALID',
    reason: expect.stringContaining(reason) as unknown,
  });
});

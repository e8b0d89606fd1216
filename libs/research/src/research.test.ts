import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Corpus, loadCorpus } from '@parley/corpus';
import { ScriptedModel } from '@parley/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createResearch } from './research.ts';
import { performSkill } from './perform-skill.ts';

const SENTENCE = 'It is caused by the Moon\nand the Sun.';
let folder: string;
let corpus: Corpus;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-researcher-'));
  await writeFile(join(folder, 'tides.md'), `# Tides\n\nThe tide is the rise and fall of the sea.\n${SENTENCE}\n`);
  corpus = await loadCorpus(folder);
});

afterAll(() => rm(folder, { recursive: true }));

const finding = { claim: 'By the Moon.', quote: SENTENCE, file: 'tides.md', line: 4, confidence: 0.9 };
const search = {
  reply: { content: [{ type: 'tool_use' as const, id: 't1', name: 'search_corpus', input: { query: 'tide caused' } }] },
};
const answers = (findings: object[], answered = true) => ({ reply: { parsed: { answered, findings } } });

async function research(findings: object[], answered = true) {
  using model = new ScriptedModel([search, answers(findings, answered)]);
  return await performSkill(createResearch(corpus), { question: 'What causes the tide?' }, { model });
}

test('a finding carries its verbatim quote and the headings it stands under', async () => {
  await expect(research([finding])).resolves.toEqual({
    question: 'What causes the tide?',
    answered: true,
    findings: [{ ...finding, heading: 'Tides' }],
  });
});

test('a quote that does not stand in its file is dropped, and with the last one the answer', async () => {
  const invented = { ...finding, quote: 'It is caused by whales.' };
  await expect(research([finding, invented])).resolves.toMatchObject({ answered: true, findings: [finding] });
  await expect(research([invented])).resolves.toMatchObject({ answered: false, findings: [] });
  await expect(research([{ ...finding, file: '../../etc/passwd' }])).resolves.toMatchObject({
    answered: false,
    findings: [],
  });
});

test('a wrong line and other white space are set right from the file', async () => {
  const { findings } = await research([
    { ...finding, line: 1 },
    { ...finding, quote: 'It is caused by the Moon and the Sun.' },
  ]);
  expect(findings).toMatchObject([
    { line: 4, quote: SENTENCE },
    { line: 4, quote: SENTENCE },
  ]);
});

test('findings beside an answer of no are not given', async () => {
  await expect(research([finding], false)).resolves.toMatchObject({ answered: false, findings: [] });
});

test('the tools answer from the documents, and a wrong line is a fault that the model is told', async () => {
  using model = new ScriptedModel([
    {
      reply: {
        content: [
          { type: 'tool_use', id: 'a', name: 'read_passage', input: { file: 'tides.md', line: 3 } },
          { type: 'tool_use', id: 'b', name: 'read_passage', input: { file: 'tides.md', line: 999 } },
        ],
      },
    },
    {
      expect: ({ messages }) => {
        const results = messages.at(-1)?.content;
        expect(results).toMatchObject([
          { toolUseId: 'a', content: expect.stringContaining(JSON.stringify(SENTENCE)) as unknown },
          { toolUseId: 'b', isError: true, content: expect.stringContaining('tides.md has lines 1 to') as unknown },
        ]);
      },
      ...answers([], false),
    },
  ]);
  await performSkill(createResearch(corpus), { question: 'What causes the tide?' }, { model });
});

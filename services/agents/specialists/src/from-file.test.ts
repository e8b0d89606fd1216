import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { specialistFromFile } from './from-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-agent-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(text: string): string {
  const file = join(folder, 'agent.md');
  writeFileSync(file, text);
  return file;
}

test('front matter and a prompt make an agent', () => {
  const { card } = specialistFromFile(
    written('---\nname: one\ncapability: answer_one\ndescription: answers\n---\n\nYou answer.\n'),
  );
  expect(card).toMatchObject({ agent: 'one', description: 'answers', capabilities: [{ name: 'answer_one' }] });
});

test.each([
  ['You answer.', /begin with front matter/],
  ['---\nname: one\n---\n', /prompt after the front matter is empty/],
  ['---\nname: a b\ncapability: c\ndescription: d\n---\nYou.', /agent\.md: name: use 1 to 128/],
  ['---\nname: a\ncapability: c\ndescription: d\ntools: [x]\n---\nYou.', /Unrecognized key/],
])('%j is refused with its reason', (text, reason) => {
  expect(() => specialistFromFile(written(text))).toThrow(reason);
});

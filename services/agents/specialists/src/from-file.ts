import { readFileSync } from 'node:fs';
import type { Agent } from '@parley/agent';
import { parse } from 'yaml';
import { z } from 'zod';
import { specialist } from './specialist.ts';

const Token = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'use 1 to 128 of A-Z a-z 0-9 _ -');

const Head = z.strictObject({
  name: Token,
  capability: Token,
  description: z.string().min(1).max(2_000),
  /** Asked when the input names nothing to answer. */
  question: z.string().min(1).max(2_000).default('What is asked?'),
});

/** Front matter between two lines of `---`, then the prompt. */
const PARTS = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/;

/** An agent from a file: YAML front matter (`name`, `capability`, `description`, `question`), then its prompt. Throws `Error` that names the file and the field. */
export function specialistFromFile(file: string): Agent {
  const [, head, system = ''] = PARTS.exec(readFileSync(file, 'utf8')) ?? [];
  if (head === undefined) throw new Error(`${file}: begin with front matter between two lines of ---`);
  if (system.trim() === '') throw new Error(`${file}: the prompt after the front matter is empty`);
  const parsed = Head.safeParse(parse(head, { maxAliasCount: 0 }));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${file}: ${issue?.path.join('.') || 'front matter'}: ${issue?.message ?? 'is wrong'}`);
  }
  return specialist({ ...parsed.data, system: system.trim() });
}

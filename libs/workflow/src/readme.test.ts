import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readWorkflow } from './index.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

test.each(blocks('yaml'))('example %# is a good workflow file', (source) => {
  expect(readWorkflow(source, 'README.yaml').definition.root.kind).toBe('sequence');
});

test('the example in TypeScript is quoted as it is in its file, and runs', async () => {
  const file = new URL('../test/readme-example.ts', import.meta.url);
  expect(blocks('ts')).toEqual([readFileSync(file, 'utf8')]);
  const { digest } = await import('../test/readme-example.ts');
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

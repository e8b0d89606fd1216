import { readFileSync } from 'node:fs';
import { nodeKinds } from '@parley/contracts';
import { expect, test } from 'vitest';
import { readWorkflow } from './read-workflow.ts';

const PAGE = readFileSync(new URL('../../core/PATTERNS.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

test.each(EXAMPLES)('the example is a workflow of at most 15 lines: %s', (text) => {
  const indented = text.trimEnd().replaceAll('\n', '\n  ');
  expect(() => readWorkflow(`name: example\nroot:\n  ${indented}\n`, 'example.yaml')).not.toThrow();
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
});

test('every kind of node has an example', () => {
  for (const kind of nodeKinds()) expect(PAGE).toContain(`kind: ${kind}`);
});

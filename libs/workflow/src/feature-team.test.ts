import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readWorkflow } from './read-workflow.ts';

test('the team that works features off is a workflow', () => {
  const file = new URL('../../../workflows/feature-team.json', import.meta.url);
  const { definition, warnings } = readWorkflow(readFileSync(file, 'utf8'), 'feature-team.json');
  expect(definition.name).toBe('feature-team');
  expect(warnings).toEqual([]);
});

import { expect, test } from 'vitest';
import { run } from './program.ts';

interface Run {
  template: string;
  status: string;
  output: unknown;
  handoffs: number;
  agents: string[];
}

test('every template runs to its end with the reference agents and no key', async () => {
  const { code, stdout, stderr } = await run('parley', ['templates', 'run', '--all', '--offline', '--json']);
  expect(code, stderr.slice(-4_000)).toBe(0);
  const { runs } = JSON.parse(stdout) as { runs: Run[] };
  const by = new Map(runs.map((one) => [one.template, one]));
  expect(runs.map(({ template, status }) => [template, status])).toEqual([
    ['creative-workshop', 'completed'],
    ['one-shot', 'completed'],
    ['parallel-agents', 'completed'],
    ['plan-build-review', 'completed'],
    ['regional-sales', 'completed'],
    ['scout-build', 'completed'],
    ['support-triage', 'completed'],
    ['research', 'completed'],
  ]);
  expect(by.get('support-triage')).toMatchObject({ handoffs: 1, output: { desk: 'billing' } });
  expect(by.get('creative-workshop')?.agents).toEqual(['critic', 'editor', 'storyteller']);
  expect(by.get('regional-sales')?.agents).toEqual([
    'east-analyst',
    'lead',
    'north-analyst',
    'south-analyst',
    'west-analyst',
  ]);
  expect(by.get('one-shot')?.agents).toEqual(['one-shot']);
  expect(by.get('parallel-agents')?.output).toHaveLength(4);
});

test('a template that does not exist is named with those that do', async () => {
  const { code, stderr } = await run('parley', ['templates', 'run', 'nothing', '--offline']);
  expect(code).toBe(66);
  expect(stderr).toMatch(/nothing.*choose from .*support-triage/);
});

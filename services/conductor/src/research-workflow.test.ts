import { readFileSync } from 'node:fs';
import type { Json, TaskScheduled } from '@parley/contracts';
import { readWorkflow } from '@parley/workflow';
import { expect, test } from 'vitest';
import { type Answer, openWorld, type World } from './testing/world.ts';

const file = readFileSync(new URL('../../../workflows/research.yaml', import.meta.url), 'utf8');
const { root, inputSchema } = readWorkflow(file, 'research.yaml').definition;

const broken: Answer = { kind: 'failed', error: { code: 'spend_limit', message: 'no money left', retryable: false } };
const result = (output: Json): Answer => ({ kind: 'result', output });

/** A team whose researchers fail on the questions named, and whose others find nothing to say. */
async function ask(world: World, failing: readonly string[]): Promise<string> {
  await world.register(root as unknown as Json, 'research', { inputSchema: (inputSchema ?? {}) as Json });
  await world.work(({ capability, input }: TaskScheduled) => {
    const { question } = input as { question?: string };
    switch (capability) {
      case 'plan':
        return result({ subQuestions: ['first', 'second'] });
      case 'research':
        return failing.includes(question ?? '') ? broken : result({ question: question ?? '', findings: [] });
      case 'analyse':
        return result({ answered: false, points: [] });
      case 'write':
        return result({ answered: false, answer: 'The documents do not answer this question.', citations: [] });
      default:
        return result({ verdict: 'VALID', reason: 'nothing is claimed' });
    }
  });
  return await world.submit({ input: { question: 'Why?' } }, 'research');
}

test('research that failed throughout is no answer: the run fails with the reason', async () => {
  await using world = await openWorld();
  const run = await ask(world, ['first', 'second']);
  expect(await world.settled(run)).toMatchObject({ status: 'failed', error: { code: 'spend_limit' } });
  expect((await world.scheduled(run)).map(({ capability }) => capability)).not.toContain('write');
});

test('an answer rests on the sub-questions that could be researched', async () => {
  await using world = await openWorld();
  const run = await ask(world, ['second']);
  expect(await world.settled(run)).toMatchObject({ status: 'completed', output: { answered: false, citations: [] } });
});

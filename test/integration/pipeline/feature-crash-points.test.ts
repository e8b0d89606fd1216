import { type Award, type Body, type Json, WorkflowDefinition } from '@parley/contracts';
import { expect, test } from 'vitest';
import { DEATHS, everyDeath } from './every-death.ts';
import { type Answer, joinAgent } from './scripted-agent.ts';
import type { Cast } from './stage.ts';

const task = (id: string, capability: string, input: Json): Json => ({ kind: 'task', id, capability, input });
const from = (pointer: string): Json => ({ $from: pointer });
const command: Json = { run: ['node', '--test'] };

/** A machine whose first gate is refused once by each of its checks, and a list in whose features a worker fails once and cheats once. */
const flow = WorkflowDefinition.parse({
  name: 'machine',
  root: {
    kind: 'stateMachine',
    id: 'm',
    initial: 'LIST',
    states: {
      LIST: {
        node: task('list', 'list', { feedback: from('/feedback') }),
        on: [
          { to: 'WORK', gate: [{ validator: { capability: 'judge' } }, { command }] },
          { to: 'LIST', max: 2 },
        ],
      },
      WORK: {
        node: {
          kind: 'featureList',
          id: 'features',
          features: from('/last/features'),
          work: task('code', 'code', { feature: from('/feature'), feedback: from('/feedback') }),
          evidence: { command },
        },
        on: [{ to: 'DONE' }],
      },
      DONE: { final: 'completed' },
    },
  },
});

const features = [{ id: 'a' }, { id: 'b' }];
const file = (content: string): Json => [{ path: 'a.mjs', content }];

/** A function of the award alone, so that it does not matter who asks how often. */
function worker({ capability, input }: Body<typeof Award>): Answer {
  const { feedback, feature } = input as { feedback: string | null; feature?: { id: string } };
  if (capability === 'list') {
    if (feedback === null) return { output: { features, files: file('good'), version: 1 } };
    return { output: { features, files: file(feedback === 'again' ? 'bad' : 'good'), version: 2 } };
  }
  if (feedback !== null) return { output: { files: file('good') } };
  return { output: feature?.id === 'a' ? { files: file('bad') } : { files: file('good'), passes: true } };
}

const judge = ({ input }: Body<typeof Award>): Answer => {
  const { candidate } = input as { candidate: { version: number } };
  return { output: candidate.version > 1 ? { verdict: 'VALID' } : { verdict: 'INVALID', reason: 'again' } };
};

const runner = ({ input }: Body<typeof Award>): Answer => {
  const isGood = JSON.stringify(input).includes('good');
  return { output: { exitCode: isGood ? 0 : 1, digest: 'd', durationMs: 1, outputTail: 'not ok' } };
};

const CAST: Cast = {
  flow,
  async join(bus, ns) {
    await joinAgent(bus, ns, 'ann', worker, ['list', 'code']);
    await joinAgent(bus, ns, 'vera', judge, ['judge']);
    await joinAgent(bus, ns, 'runner', runner, ['run_command']);
  },
};

/** LIST three times, judged three times, tested twice; then two attempts per feature, of which one is blocked before its test. */
const AWARDS = 3 + 3 + 2 + 4 + 3;

test.each(DEATHS)(
  'a %s that dies %s any of its calls takes effect changes no gate and no evidence',
  async (...death) => {
    await everyDeath(CAST, death, ({ history, settled }, where) => {
      expect(settled, where).toMatchObject({
        status: 'completed',
        output: [
          { id: 'a', passes: true, attempts: 2, blocked: 0, evidence: { exitCode: 0, by: 'runner' } },
          { id: 'b', passes: true, attempts: 2, blocked: 1, evidence: { exitCode: 0, by: 'runner' } },
        ],
      });
      expect(history.awards.length, where).toBe(AWARDS);
    });
  },
);

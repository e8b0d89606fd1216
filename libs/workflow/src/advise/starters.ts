import type { NodeDef } from '@parley/contracts';
import type { PatternName } from './pattern-rules.ts';
import type { Member } from './starter.ts';
import { stepsOf } from './steps-of.ts';

interface Starter {
  /** Kinds of node that it uses besides tasks. */
  readonly kinds: readonly string[];
  readonly team: readonly Member[];
  root(description: string): object;
}

const GOAL = { $from: '/input/goal' };

const ask = (id: string, capability: string, input: object): object => ({
  kind: 'task' satisfies NodeDef['kind'],
  id,
  capability,
  input,
});

const ANSWER: Member = { capability: 'answer', does: 'answers from what it is given' };
const PLAN: Member = { capability: 'plan_work', does: 'plans, and says who does what' };
const SCOUT: Member = { capability: 'scout', does: 'looks at what is there' };
const BUILD: Member = { capability: 'build', does: 'makes the result' };
const SYNTHESIZE: Member = { capability: 'synthesize', does: 'puts results together' };

const WORKERS = [
  { name: 'scout', description: 'looks at what is there before others build', ask: { capability: 'scout' } },
  { name: 'builder', description: 'builds what was asked for', ask: { capability: 'build' } },
];

const steps = (description: string): object => ({
  kind: 'sequence',
  id: 'steps',
  steps: stepsOf(description).map((step, i) =>
    ask(`step-${i + 1}`, 'answer', {
      question: step,
      goal: GOAL,
      ...(i === 0 ? {} : { material: { $from: '/previous' } }),
    }),
  ),
});

/** A file to start from, per pattern, with agents that come with Parley. */
export const STARTERS: Record<PatternName, Starter> = {
  task: { kinds: [], team: [ANSWER], root: () => ask('answer', 'answer', { question: GOAL }) },

  sequence: { kinds: ['sequence'], team: [ANSWER], root: steps },

  concurrent: {
    kinds: ['sequence', 'concurrent'],
    team: [PLAN, ANSWER, SYNTHESIZE],
    root: () => ({
      kind: 'sequence',
      id: 'all',
      steps: [
        ask('parts', 'plan_work', { goal: GOAL, workers: [{ name: 'part', description: 'does one part by itself' }] }),
        {
          kind: 'concurrent',
          id: 'each',
          map: {
            over: { $from: '/steps/parts/assignments' },
            node: ask('part', 'answer', { question: { $from: '/item/instruction' }, goal: GOAL }),
          },
          maxInFlight: 8,
          onFailure: 'bestEffort',
        },
        ask('together', 'synthesize', { goal: GOAL, results: { $from: '/steps/each' } }),
      ],
    }),
  },

  handoff: {
    kinds: ['handoff'],
    team: [
      { capability: 'triage', does: 'names the desk of a request' },
      { capability: 'resolve_technical', does: 'a desk; billing and others go beside it' },
      { capability: 'resolve_escalation', does: 'what no desk can solve' },
    ],
    root: () => ({
      kind: 'handoff',
      id: 'desks',
      first: { capability: 'triage', input: { message: GOAL } },
      rules: [
        {
          when: 'has(result.category) && result.category == "billing"',
          to: { capability: 'resolve_billing' },
          reason: 'it is about billing',
        },
        {
          when: 'has(result.category) && result.category == "technical"',
          to: { capability: 'resolve_technical' },
          reason: 'it is technical',
        },
        {
          when: 'has(result.resolved) && !result.resolved',
          to: { capability: 'resolve_escalation' },
          reason: 'the desk could not solve it',
        },
      ],
      maxHops: 4,
    }),
  },

  groupChat: {
    kinds: ['groupChat'],
    team: [{ capability: 'speak', does: 'one voice each: storyteller, editor, critic' }],
    root: () => ({
      kind: 'groupChat',
      id: 'talk',
      topic: GOAL,
      participants: [
        { name: 'storyteller', ask: { capability: 'speak', agents: ['storyteller'] }, role: 'drafts and redrafts' },
        { name: 'critic', ask: { capability: 'speak', agents: ['critic'] }, role: 'says what does not work yet' },
      ],
      maxTurns: 8,
      end: { consensus: 'all' },
    }),
  },

  stateMachine: {
    kinds: ['stateMachine'],
    team: [BUILD, { capability: 'judge', does: 'says VALID, or INVALID and why' }],
    root: () => ({
      kind: 'stateMachine',
      id: 'rounds',
      initial: 'make',
      states: {
        make: {
          node: ask('make', 'build', { goal: GOAL, feedback: { $from: '/last' } }),
          on: [{ to: 'test' }],
        },
        test: {
          node: ask('test', 'judge', { goal: GOAL, candidate: { $from: '/last' } }),
          on: [{ to: 'done', when: 'output.verdict == "VALID"' }, { to: 'make', max: 3 }, { to: 'given-up' }],
        },
        done: { final: 'completed' },
        'given-up': { final: 'failed' },
      },
    }),
  },

  supervisor: {
    kinds: ['supervisor'],
    team: [
      PLAN,
      SCOUT,
      BUILD,
      { capability: 'review_work', does: 'accepts a result, or says what is missing' },
      SYNTHESIZE,
    ],
    root: () => ({
      kind: 'supervisor',
      id: 'team',
      goal: GOAL,
      plan: { capability: 'plan_work' },
      workers: WORKERS,
      review: { capability: 'review_work' },
      synthesize: { capability: 'synthesize' },
      maxDelegations: 8,
    }),
  },

  coalition: {
    kinds: ['coalition'],
    team: [{ capability: 'incident', does: 'says how far it is theirs, then works on it; one per skill' }, SYNTHESIZE],
    root: () => ({
      kind: 'coalition',
      id: 'coalition',
      goal: GOAL,
      skills: ['database', 'application'],
      members: ['network', 'database', 'application'].map((skill) => ({
        name: skill,
        capability: 'incident',
        agents: [`${skill}-specialist`],
        skills: [skill],
      })),
      threshold: 0.3,
      rounds: 2,
      synthesize: { capability: 'synthesize' },
    }),
  },

  blackboard: { kinds: ['blackboard'], team: [SCOUT, ANSWER, SYNTHESIZE], root: steps },

  magentic: { kinds: ['magentic'], team: [PLAN, SCOUT, BUILD, SYNTHESIZE], root: steps },
};

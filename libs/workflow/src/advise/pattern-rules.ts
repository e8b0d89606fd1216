import type { Feature } from './features.ts';

export type PatternName =
  | 'task'
  | 'sequence'
  | 'concurrent'
  | 'handoff'
  | 'groupChat'
  | 'stateMachine'
  | 'supervisor'
  | 'coalition'
  | 'blackboard'
  | 'magentic';

export interface PatternRule {
  readonly name: PatternName;
  /** What it is, in a few words. */
  readonly is: string;
  /** When it is the better choice; follows "prefer it when". */
  readonly when: string;
  /** What speaks for it, and against it. */
  readonly weights: Partial<Record<Feature, number>>;
  /** What it has without any sign for it. */
  readonly base?: number;
}

/** Simplest first: of equals the simpler one is recommended. */
export const PATTERNS: readonly PatternRule[] = [
  {
    name: 'task',
    is: 'one agent does it',
    when: 'one agent can do all of it in one go: it is cheapest and easiest to understand',
    base: 1,
    weights: {},
  },
  {
    name: 'sequence',
    is: 'agents work one after the other',
    when: 'the steps and their order are known before anything starts',
    weights: { knownSteps: 3, unknownSteps: -2, exploratory: -1 },
  },
  {
    name: 'concurrent',
    is: 'agents work side by side, and their results are put together',
    when: 'the parts are known and none needs the result of another',
    weights: { independentParts: 3, debate: -1, unknownSteps: -1 },
  },
  {
    name: 'handoff',
    is: 'each agent passes on what is not its own',
    when: 'one specialist at a time owns the whole request, and who that is shows only when it is read',
    weights: { specialists: 3, independentParts: -0.5 },
  },
  {
    name: 'groupChat',
    is: 'agents talk until they agree or have had their turns',
    when: 'the result gets better by different views on the same text',
    weights: { debate: 3 },
  },
  {
    name: 'stateMachine',
    is: 'named states with guarded, bounded ways back',
    when: 'work goes back and forth between making and testing by rules that are known',
    weights: { iteration: 3, verification: 1, knownSteps: 0.5 },
  },
  {
    name: 'supervisor',
    is: 'one agent plans, delegates, reviews and puts together',
    when: 'the goal is known, but what has to be done for it is found out only by planning',
    weights: { unknownSteps: 2.5, longHorizon: 2.5, independentParts: 0.5, knownSteps: -0.5 },
  },
  {
    name: 'coalition',
    is: 'agents say how far a task is theirs, and those with complementary skills join',
    when: 'nobody can say beforehand who is needed, and several skills have to come together for a short time',
    weights: { complementarySkills: 3.2, sharedFindings: 0.3 },
  },
  {
    name: 'blackboard',
    is: 'agents add to shared findings whenever they can contribute something',
    when: 'the solution grows out of many small findings, in an order that nobody can plan',
    weights: { sharedFindings: 3.1, exploratory: 0.8, unknownSteps: 0.3 },
  },
  {
    name: 'magentic',
    is: 'a planner keeps a ledger of facts and progress, and plans again when it stalls',
    when: 'the way is unknown, dead ends are likely, and the plan has to change with what is found',
    weights: { exploratory: 3, unknownSteps: 1, longHorizon: 0.8, knownSteps: -1 },
  },
];

/** What people read for a feature; follows "because". */
export const REASONS: Record<Feature, string> = {
  knownSteps: 'its steps are known in advance',
  unknownSteps: 'what has to be done shows only on the way',
  independentParts: 'its parts do not depend on each other',
  longHorizon: 'it is a long undertaking with many pieces',
  exploratory: 'it is exploratory: dead ends are likely',
  debate: 'it lives on different views of the same thing',
  specialists: 'requests have to find the right specialist',
  complementarySkills: 'it needs skills that no one agent has together',
  sharedFindings: 'its solution grows out of findings that many contribute to',
  iteration: 'it is repeated until it is good enough',
  verification: 'its result has to be checked',
  humanSignOff: 'a person has to agree',
};

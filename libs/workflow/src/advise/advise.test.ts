import { nodeKinds } from '@parley/contracts';
import { expect, test } from 'vitest';
import { readWorkflow } from '../index.ts';
import { type Advice, advise } from './advise.ts';
import { PATTERNS } from './pattern-rules.ts';
import { starterFile } from './starter.ts';
import { STARTERS } from './starters.ts';
import { stepsOf } from './steps-of.ts';

test.each<[string, Advice['pattern'], Advice['around']]>([
  ['What is the capital of France?', 'task', []],
  ['Summarise this memo in three sentences.', 'task', []],
  ['Translate the letter into German and check that it is accurate.', 'task', ['gate']],
  ['First extract the figures, then compute the totals, then write a summary.', 'sequence', []],
  ['Research the topic, then outline the article, then write it and finally proofread it.', 'sequence', ['gate']],
  ['A pipeline that extracts invoices and transforms them into our format.', 'sequence', []],
  ['Read the contract → list the risks → draft an answer, which legal must approve', 'sequence', ['approval']],
  ['Analyse the sales of each region independently and compare them.', 'concurrent', []],
  ['Summarise every document in the folder in parallel.', 'concurrent', []],
  ['Ask 5 agents the same question at the same time and take the majority.', 'concurrent', []],
  ['Check all of the 40 product pages side by side; the result must match the schema.', 'concurrent', ['gate']],
  ['Answer customer support tickets and escalate what cannot be solved.', 'handoff', []],
  ['Route each inquiry to billing or technical help.', 'handoff', []],
  ['Triage complaints and hand off refunds to the right desk.', 'handoff', []],
  ['Brainstorm slogans for a new tea and agree on one.', 'groupChat', []],
  ['Debate the pros and cons of remote work until there is a consensus.', 'groupChat', []],
  ['Write a story together: creative ideas, critique, workshop.', 'groupChat', []],
  ['Implement the feature and fix bugs until the tests pass.', 'stateMachine', []],
  ['Refactor the parser, repeat until no test is failing.', 'stateMachine', []],
  ['Develop feature by feature; each is implemented, tested and verified, with retries.', 'stateMachine', []],
  ['Plan and coordinate the launch of our product over two quarters.', 'supervisor', []],
  ['Manage the migration project: delegate sub-tasks to workers as needed.', 'supervisor', []],
  ['Draw up a long-term strategy for three departments, which the board has to approve.', 'supervisor', ['approval']],
  ['An outage: get whoever has the skills together as a task force.', 'coalition', []],
  ['Handle the incident with experts from different teams.', 'coalition', []],
  ['Build a cross-functional swarm of volunteers for the emergency.', 'coalition', []],
  ['Why is our website slow?', 'blackboard', []],
  ['Negotiate a contract between two parties.', 'groupChat', []],
  ['Plan a conference.', 'supervisor', []],
  ['Why is the sky blue?', 'task', []],
  ['Diagnose the anomaly: collect evidence and hypotheses until the root cause is clear.', 'blackboard', []],
  ['Piece together intelligence from many sensors and clues.', 'blackboard', []],
  ['Explore an open-ended research question where dead ends are likely.', 'magentic', []],
  ['Investigate what nobody knows yet: search the web, experiment, prototype.', 'magentic', []],
  ['Find out how the unknown file format works by looking into samples.', 'magentic', []],
])('%s: %s', (description, pattern, around) => {
  const advice = advise(description);
  expect(advice.pattern).toBe(pattern);
  expect(advice.around).toEqual(around);
  expect(advice.because.length).toBeGreaterThan(0);
  expect(advice.team.length).toBeGreaterThan(0);
  expect(advice.runnerUp.pattern).not.toBe(pattern);
  expect(readWorkflow(advice.file, 'advice.yaml').definition.description).toBe(description);
});

test.each<[object, Advice['pattern']]>([
  [{}, 'task'],
  [{ structure: 'known' }, 'sequence'],
  [{ independent: true }, 'concurrent'],
  [{ structure: 'known', independent: true }, 'sequence'],
  [{ structure: 'unknown', horizon: 'long' }, 'supervisor'],
  [{ structure: 'unknown', exploratory: true }, 'magentic'],
  [{ debate: true }, 'groupChat'],
  [{ escalation: true }, 'handoff'],
  [{ skills: true }, 'coalition'],
  [{ findings: true }, 'blackboard'],
  [{ repeat: true }, 'stateMachine'],
])('answers %j lead to %s without a word of description', (answers, pattern) => {
  expect(advise('Do it.', answers).pattern).toBe(pattern);
});

test('what is answered outweighs what the words say', () => {
  const words = 'Analyse each region independently and compare them.';
  expect(advise(words, { independent: false }).pattern).toBe('task');
  expect(advise(words, { independent: false, structure: 'unknown', horizon: 'long' }).pattern).toBe('supervisor');
  expect(advise('Check it.', { verify: false, human: true }).around).toEqual(['approval']);
});

test('reasons name the words that they rest on', () => {
  const { because } = advise('Summarise every document in parallel, and check each summary.');
  expect(because[0]).toMatch(/^its parts do not depend on each other \("every", "in parallel", "each"\)$/);
  expect(because).toContainEqual(expect.stringContaining('its result has to be checked ("check")'));
});

test('the same description gives the same advice', () => {
  const description = 'Plan a campaign and write a story.';
  expect(advise(description)).toEqual(advise(description));
});

test.each(PATTERNS.map(({ name }) => name))('the file of %s is good, with a gate around it too', (name) => {
  for (const around of [[], ['gate'], ['gate', 'approval']] as const) {
    const file = starterFile(name, around, 'Do the work: then more.');
    expect(readWorkflow(file, 'starter.yaml').definition.name).toBe('do-work-more');
    const isThere = STARTERS[name].kinds.every((kind) => nodeKinds().includes(kind));
    expect(file.includes('stands in for it')).toBe(!isThere);
  }
});

test('steps are told apart by the words between them', () => {
  expect(stepsOf('First read it, then list the risks → draft an answer; finally, send it.')).toEqual([
    'read it',
    'list the risks',
    'draft an answer',
    'send it',
  ]);
  expect(stepsOf('Do it')).toHaveLength(2);
  expect(stepsOf('')).toHaveLength(2);
});

import type { HumanAnswer, HumanRequest, Json } from '@parley/contracts';
import { taskIdOf } from '@parley/contracts';
import { type Ballot, digestAt, unreachable, type VotingRules } from './ballot.ts';
import type { Draft } from './draft.ts';
import { jsonSchemaCheck } from './json-schema.ts';
import { failed } from './patterns/outcome.ts';
import { isTask, type Node, type Outcome, type Question, type TaskNode, type WaitingTask } from './state.ts';
import { forbiddenIn } from './static/schema-forbidden.ts';
import { nodeAt } from './tree.ts';

/** Requests that the agents of one task may make of people. */
export const MAX_QUESTIONS = 16;

/** The id of a task's request: its attempt made it. */
export const questionIdOf = (run: string, path: string, attempt: number): string =>
  `${taskIdOf(run, path)}-q${attempt}`;

/** The request that an attempt closed with waits for people. Answers the task's outcome when it has asked too often, or asks for what can never be. */
export function openQuestion(draft: Draft, path: string, attempt: number, request: HumanRequest): Outcome | undefined {
  const run = draft.active;
  const node = nodeAt(run?.root, path);
  if (run === undefined || node === undefined || !isTask(node)) throw new Error(`${path} is not a task that can ask`);
  if ((node.questions?.length ?? 0) >= MAX_QUESTIONS) {
    return failed('questions_exhausted', `a task asks people at most ${MAX_QUESTIONS} times`);
  }
  const approvers = request.approvers ?? [];
  const { action } = request;
  const ballot: Ballot = {
    title: request.title,
    action,
    digest: digestOfQuestion(run.run, path, attempt, request)(action),
    approvers,
    excluded: approvers.length > 0 ? (run.by ?? null) : null,
    quorum: request.quorum,
    votes: [],
    edits: 0,
    escalated: false,
    expiresAt: draft.now + request.expiresMs,
    escalatesAt: null,
    version: 1,
    ended: null,
    reason: null,
  };
  const why = unreachable(ballot);
  if (why !== undefined) return failed('approval_unsatisfiable', `${request.name}: ${why}`);
  advanceQuestion(draft, path, { attempt, request, ballot });
  return undefined;
}

/** Records how a task's request stands; with an answer the task may go on at once. */
export function advanceQuestion(draft: Draft, path: string, question: Question, answer?: HumanAnswer): void {
  const dueAt = answer === undefined ? question.ballot.expiresAt : draft.now;
  const state = { dueAt, continues: true, question, ...(answer === undefined ? {} : { answer }) };
  draft.emit({ type: 'NodeAdvanced', path, kind: 'task', state: state as unknown as Json });
  draft.newDue = Math.min(draft.newDue, dueAt);
}

/** The request that a task waits with. */
export function openQuestionOf(node: Node | undefined): Question | undefined {
  if (node === undefined || !isTask(node) || node.status !== 'waiting') return undefined;
  const newest = (node satisfies WaitingTask).questions?.at(-1);
  return newest?.ballot.ended === null ? newest : undefined;
}

export const questionsOf = (node: TaskNode): readonly Question[] => node.questions ?? [];

const digestOfQuestion =
  (run: string, path: string, attempt: number, { ask, title }: HumanRequest): VotingRules['digest'] =>
  (action) =>
    digestAt({ run, path, attempt }, { ask, title, action });

export const rulesOf = (run: string, path: string, { attempt, request }: Question): VotingRules => ({
  ask: request.ask,
  editable: true,
  faultOf: (answer) => faultOf(request, answer),
  digest: digestOfQuestion(run, path, attempt, request),
});

/** Why an answer does not do. A schema that cannot be checked in full is left to the agent. */
function faultOf({ options, schema }: HumanRequest, answer: Json): string | undefined {
  if (options !== undefined && !options.some((option) => option === answer)) {
    return `the answer is one of ${options.map((option) => JSON.stringify(option)).join(', ')}`.slice(0, 900);
  }
  if (schema === undefined || forbiddenIn(schema) !== undefined) return undefined;
  let check: ReturnType<typeof jsonSchemaCheck>;
  try {
    check = jsonSchemaCheck(schema);
  } catch {
    return undefined;
  }
  return check(answer);
}

/** What the next attempt is told. */
export function answerTo({ attempt, request, ballot }: Question, given?: Json): HumanAnswer {
  const { name, fallback, request: asked } = request;
  const { ended, votes, edits, action, reason } = ballot;
  const outcome = ended ?? 'expired';
  const value = outcome === 'expired' ? (fallback ?? null) : outcome === 'answered' ? (given ?? null) : action;
  const by = outcome === 'rejected' ? votes.slice(-1) : outcome === 'expired' ? [] : votes;
  return { name, request: asked, attempt, outcome, value, by, edited: edits > 0, reason };
}

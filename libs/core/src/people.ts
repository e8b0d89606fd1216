import { type ApprovalDecision, type Json, MAX_INBOX, parseTaskId, type VoteRefusal } from '@parley/contracts';
import { answer, reschedule, settle } from './advance.ts';
import { closed, ended, unknown, vote } from './ballot.ts';
import type { Draft } from './draft.ts';
import { failed } from './patterns/outcome.ts';
import type { Heard } from './patterns/pattern.ts';
import { waitsFor } from './patterns/wait.ts';
import { advanceQuestion, answerTo, openQuestionOf, questionsOf, rulesOf } from './questions.ts';
import type { NodeSignal, SignalOf } from './signals.ts';
import { isActiveRun, isTask, type Node, type RunState } from './state.ts';
import { unsettled } from './unsettled.ts';
import { nodeAt } from './tree.ts';

/** Votes and events on record per run that changed nothing; the ones after that leave no trace. */
export const MAX_REFUSED = 256;

type Refused = { refused: VoteRefusal };

/**
 * A person's word on a request. It is put on record before what follows from it, also while the run is paused or halted: then nothing is scheduled. What it names alone is answered; one that
 * does not count is on record with the reason. The same signal again changes nothing.
 */
export function applyVote(draft: Draft, signal: SignalOf<'approval'>): void {
  const { state } = draft;
  if (state.status === 'new' || isHeard(state, signal)) return;
  if (!isActiveRun(state)) return record(draft, signal, closed(`the run is ${state.status}`));
  const place = placeOf(signal.approval);
  const node = place?.run === state.run ? nodeAt(state.root, place.path) : undefined;
  if (place === undefined || node === undefined) return record(draft, signal, unknown(signal.approval));
  if (place.attempt !== undefined) return voteOnQuestion(draft, signal, place.path, place.attempt, node);
  if (node.kind !== 'approval') return record(draft, signal, unknown(signal.approval));
  if (node.status !== 'active') return record(draft, signal, closed(`it is ${node.status}`));
  answer(draft, place.path, (pattern, def, view) => {
    const step: Heard<Json> = pattern.signalled?.(def, signal, view) ?? {};
    record(draft, signal, step.refused === undefined ? undefined : { refused: step.refused });
    return step;
  });
}

function voteOnQuestion(draft: Draft, signal: SignalOf<'approval'>, path: string, attempt: number, node: Node): void {
  const asked = isTask(node) ? questionsOf(node).find((one) => one.attempt === attempt) : undefined;
  if (asked === undefined) return record(draft, signal, unknown(signal.approval));
  const question = openQuestionOf(node);
  if (question?.attempt !== attempt) return record(draft, signal, closed(`it is ${asked.ballot.ended ?? node.status}`));
  const voted = vote(question.ballot, signal, rulesOf(draft.state.run, path, question), draft.now);
  if ('refused' in voted) return record(draft, signal, voted);
  record(draft, signal, undefined);
  const next = { ...question, ballot: voted.ballot };
  if (voted.ballot.ended === null) return advanceQuestion(draft, path, next);
  advanceQuestion(draft, path, next, answerTo(next, signal.answer));
  reschedule(draft, path);
}

/** Nobody answered in time: the task goes on with the fallback, or fails. */
export function expireQuestion(draft: Draft, path: string): void {
  const question = openQuestionOf(nodeAt(draft.active?.root, path));
  if (question === undefined) return;
  const next = { ...question, ballot: ended(question.ballot, 'expired', 'nobody decided in time') };
  const { fallback, title } = question.request;
  advanceQuestion(draft, path, next, fallback === undefined ? undefined : answerTo(next));
  if (fallback === undefined) settle(draft, path, failed('question_expired', `nobody answered in time: ${title}`));
  else reschedule(draft, path);
}

/** An event from outside: it goes to all nodes that wait for it, parents first; what nothing waits for is kept, as far as there is room. */
export function applyEvent(draft: Draft, signal: SignalOf<'event'>): void {
  const { state } = draft;
  if (state.status === 'new' || isHeard(state, signal)) return;
  const { event: id, name, by, payload } = signal;
  const received = { type: 'SignalReceived', signal: signal.id, id, name, by } as const;
  const refuse = (code: 'inbox_full' | 'run_settled', message: string): void => {
    if ((state.refused ?? 0) < MAX_REFUSED) draft.emit({ ...received, refused: { code, message } });
  };
  if (!isActiveRun(state)) return refuse('run_settled', `the run is ${state.status}`);
  const waiting = [...unsettled(state.root)].filter(([, node]) => waitsFor(node, name, draft.now));
  if (waiting.length === 0) {
    if ((state.inbox?.length ?? 0) < MAX_INBOX) return draft.emit({ ...received, kept: { payload } });
    return refuse('inbox_full', `the run keeps ${MAX_INBOX} events that nothing has waited for yet`);
  }
  draft.emit(received);
  for (const [path] of waiting) answer(draft, path, (pattern, def, view) => pattern.signalled?.(def, signal, view));
}

/** True when a vote or event is on record: as itself, or as another telling of the same event that was taken in. */
export const isHeard = ({ heard = [] }: Exclude<RunState, { status: 'new' }>, signal: NodeSignal): boolean =>
  heard.includes(signal.id) || (signal.kind === 'event' && heard.includes(`event ${signal.event}`));

/** The place that a request stands at; `attempt` when a task made it. */
function placeOf(id: string): { run: string; path: string; attempt?: number } | undefined {
  const [, task = id, attempt] = /^(.+)-q(\d{1,9})$/.exec(id) ?? [];
  const place = parseTaskId(task);
  if (place === undefined || !/^0(\.\d{1,9})*$/.test(place.path)) return undefined;
  return attempt === undefined ? place : { ...place, attempt: Number(attempt) };
}

function record(draft: Draft, word: { id: string } & ApprovalDecision, refused: Refused | undefined): void {
  const { state } = draft;
  if (refused !== undefined && state.status !== 'new' && (state.refused ?? 0) >= MAX_REFUSED) return;
  const { id: signal, approval, digest, decision, by, to, reason } = word;
  const more = { ...(to === undefined ? {} : { to }), ...(reason === undefined ? {} : { reason }) };
  draft.emit({ type: 'VoteRecorded', signal, approval, digest, decision, by, ...more, ...refused });
}

import { type Json, type RunEvent, taskIdOf, type WorkItem } from '@parley/contracts';

type Asked = Pick<
  WorkItem,
  'approval' | 'ask' | 'title' | 'approvers' | 'votes' | 'quorum' | 'expiresAt' | 'version'
> & {
  readonly escalated: boolean;
};

/** The request that waits for people and that a change of a node is about. Reads the log's states, whose shape is the engine's: what it does not know it leaves out. */
export function askedIn(
  run: string,
  { kind, path, state }: Pick<Extract<RunEvent, { type: 'NodeAdvanced' }>, 'kind' | 'path' | 'state'>,
): Asked | undefined {
  const question = kind === 'task' ? fieldOf(state, 'question') : undefined;
  const ballot = kind === 'approval' ? state : fieldOf(question, 'ballot');
  const [title, version, quorum, expiresAt] = ['title', 'version', 'quorum', 'expiresAt'].map((name) =>
    fieldOf(ballot, name),
  );
  if (typeof title !== 'string' || typeof version !== 'number' || typeof quorum !== 'number') return undefined;
  if (typeof expiresAt !== 'number' || fieldOf(ballot, 'ended') !== null) return undefined;
  const ask = fieldOf(fieldOf(question, 'request'), 'ask') === 'answer' ? 'answer' : 'approval';
  const votes = textsIn(fieldOf(ballot, 'votes'));
  const escalated = fieldOf(ballot, 'escalated') === true;
  const attempt = fieldOf(question, 'attempt');
  const approval = typeof attempt === 'number' ? `${taskIdOf(run, path)}-q${attempt}` : taskIdOf(run, path);
  const approvers = textsIn(fieldOf(ballot, 'approvers'));
  return { approval, ask, title, version, quorum, expiresAt, votes, approvers, escalated };
}

/** What a node of kind `wait` waits for. */
export function waitText(state: Json): string {
  const [event, until] = [fieldOf(state, 'event'), fieldOf(state, 'until')];
  const moment = typeof until === 'number' ? ` until ${new Date(until).toISOString()}` : '';
  return typeof event === 'string' ? `waits for the event ${event}${moment}` : `waits${moment}`;
}

const fieldOf = (value: Json | undefined, name: string): Json | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined;

const textsIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

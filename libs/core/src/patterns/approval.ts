import type { ApprovalDef } from '@parley/contracts';
import { type Ballot, digestAt, dueAtOf, ended, escalated, unreachable, vote } from '../ballot.ts';
import { resolveTemplate } from '../template.ts';
import { failed } from './outcome.ts';
import type { Pattern, Step } from './pattern.ts';

/**
 * A durable work item for people: it waits in the log, survives every restart, and ends by enough approvals, one rejection, or its expiry; after `slaMs` others may decide too. Each person
 * counts once, for the exact text that they name (`ballot.ts`). It has no children.
 */
export const approval: Pattern<ApprovalDef, Ballot> = {
  start(def, view) {
    const action = resolveTemplate(def.action ?? view.defaultInput, view.lookup);
    const { title, quorum, slaMs, escalateTo, approvers = [] } = def;
    const isExcluded = (def.requester ?? (approvers.length > 0 ? 'excluded' : 'allowed')) === 'excluded';
    const ballot: Ballot = {
      title,
      action,
      digest: digestAt({ run: view.run, path: view.path }, action),
      approvers: [...approvers],
      excluded: isExcluded ? (view.requester ?? null) : null,
      quorum,
      votes: [],
      edits: 0,
      escalated: false,
      expiresAt: view.now + def.expiresMs,
      escalatesAt: slaMs === undefined || escalateTo === undefined ? null : view.now + slaMs,
      version: 1,
      ended: null,
      reason: null,
    };
    if (def.askWhen !== undefined && view.evaluate(def.askWhen) !== true) {
      return decided(def, { ...ballot, version: 0, ended: 'approved' });
    }
    const why = unreachable(ballot, escalationOf(def));
    if (why === undefined) return waiting(ballot);
    return { state: { ...ballot, version: 0 }, settle: failed('approval_unsatisfiable', `${def.id}: ${why}`) };
  },
  wanted: () => ({ upTo: 0, inFlight: 0 }),
  childSettled: () => ({}),
  childDef: (def) => {
    throw new Error(`approval ${def.id} has no children`);
  },
  due(def, view) {
    const { state } = view;
    if (view.now >= state.expiresAt) return decided(def, ended(state, 'expired', 'nobody decided in time'));
    if (state.escalated || view.now < (state.escalatesAt ?? Infinity)) return waiting(state);
    return waiting(escalated(state, escalationOf(def)));
  },
  signalled(def, signal, view) {
    if (signal.kind !== 'approval') return {};
    const place = { run: view.run, path: view.path };
    const rules = {
      ask: 'approval',
      editable: def.editable,
      digest: (action: Ballot['action']) => digestAt(place, action),
    } as const;
    const voted = vote(view.state, signal, rules, view.now);
    if ('refused' in voted) return voted;
    return voted.ballot.ended === null ? waiting(voted.ballot) : decided(def, voted.ballot);
  },
  provide: () => undefined,
  defaultInput: () => undefined,
  parts: () => [],
  *templates({ action }) {
    if (action !== undefined) yield { pointer: '/action', template: action, names: [] };
  },
  *expressions(def) {
    if (def.askWhen !== undefined) yield { pointer: '/askWhen', expression: def.askWhen, names: [] };
  },
  *problems(def) {
    const { approvers = [], quorum } = def;
    const able = new Set([...approvers, ...escalationOf(def)]).size;
    if (approvers.length > 0 && able < quorum)
      yield { pointer: '/quorum', code: 'unsatisfiable', message: `${quorum} must approve, but only ${able} may` };
  },
  schemas: () => [],
};

/** Who may decide too once it has waited for too long. */
const escalationOf = ({ slaMs = Infinity, expiresMs, escalateTo = [] }: ApprovalDef): readonly string[] =>
  slaMs < expiresMs ? escalateTo : [];

const waiting = (state: Ballot): Step<Ballot> & { state: Ballot } => ({ state, dueAt: dueAtOf(state) });

/** What a ballot that has ended means for the node. */
function decided({ id, onReject, onExpiry }: ApprovalDef, state: Ballot): Step<Ballot> & { state: Ballot } {
  const { votes, action, edits, reason } = state;
  const isExpired = state.ended === 'expired';
  const isApproved = state.ended === 'approved' || (isExpired && onExpiry === 'approve');
  if (!isApproved && (onReject === 'fail' || (isExpired && onExpiry === 'fail'))) {
    const who = isExpired ? '' : `rejected by ${votes.at(-1) ?? ''}`;
    const why = [who, reason].filter(Boolean).join(': ');
    return { state, settle: failed(isExpired ? 'approval_expired' : 'approval_rejected', `${id}: ${why}`) };
  }
  const output = { approved: isApproved, by: isExpired ? [] : deciders(state), action, edited: edits > 0, reason };
  return { state, settle: { status: 'completed', output } };
}

/** Of an approval all who approved, of a rejection who rejected. */
const deciders = ({ ended: how, votes }: Ballot): string[] => (how === 'rejected' ? votes.slice(-1) : votes);

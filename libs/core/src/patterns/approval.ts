import type { ApprovalDef, Json } from '@parley/contracts';
import { canonicalJson, digestOf, taskIdOf } from '@parley/contracts';
import type { SignalOf } from '../signals.ts';
import { resolveTemplate } from '../template.ts';
import { failed } from './outcome.ts';
import type { Pattern, Step, View } from './pattern.ts';

export type ApprovalState = {
  action: Json;
  /** SHA-256 over run, place and action: what a decision must name. */
  digest: string;
  /** Who may decide; empty is anyone. */
  approvers: string[];
  votes: string[];
  edited: boolean;
  escalated: boolean;
  /** When it is over, and when others are asked too; milliseconds since 1970. */
  expiresAt: number;
  escalatesAt: number | null;
};

/**
 * A durable work item for people: it waits in the log, survives every restart, and ends by enough approvals, one rejection, or its expiry. Each person counts once. A decision counts only for
 * the exact text that it names; one that is not allowed, late or about another text changes nothing.
 */
export const approval: Pattern<ApprovalDef, ApprovalState> = {
  start(def, view) {
    const action = resolveTemplate(def.action, view.lookup);
    const { slaMs, escalateTo, approvers = [] } = def;
    const state: ApprovalState = {
      action,
      digest: digestAt(view, action),
      approvers: [...approvers],
      votes: [],
      edited: false,
      escalated: false,
      expiresAt: view.now + def.expiresMs,
      escalatesAt: slaMs === undefined || escalateTo === undefined ? null : view.now + slaMs,
    };
    if (def.askWhen !== undefined && view.evaluate(def.askWhen) !== true) return { ...approved(state), state };
    return waiting(state);
  },
  wanted: () => ({ upTo: 0, inFlight: 0 }),
  childSettled: () => ({}),
  childDef: (def) => {
    throw new Error(`approval ${def.id} has no children`);
  },
  due(def, view) {
    const { state } = view;
    if (view.now >= state.expiresAt) {
      if (def.onExpiry === 'approve') return approved(state, 'nobody decided in time');
      return rejected(def, state, 'approval_expired', 'nobody decided in time');
    }
    if (state.escalated || state.escalatesAt === null || view.now < state.escalatesAt) return waiting(state);
    const approvers = state.approvers.length === 0 ? [] : [...new Set([...state.approvers, ...(def.escalateTo ?? [])])];
    return waiting({ ...state, approvers, escalated: true });
  },
  signalled(def, signal, view) {
    const { state } = view;
    const { by, digest, decision } = signal;
    const mayDecide = state.approvers.length === 0 || state.approvers.includes(by);
    if (signal.approval !== taskIdOf(view.run, view.path) || digest !== state.digest || !mayDecide) return {};
    switch (decision) {
      case 'approve':
        return approve(def, signal, state);
      case 'reject':
        return rejected(def, { ...state, votes: [...state.votes, by] }, 'approval_rejected', reasonOf(signal));
      case 'edit': {
        const action = signal.action as Json | undefined;
        if (action === undefined) return {};
        return waiting({ ...state, action, digest: digestAt(view, action), votes: [], edited: true });
      }
      case 'delegate':
        if (signal.to === undefined || state.approvers.length === 0 || state.approvers.includes(signal.to)) return {};
        return waiting({
          ...state,
          approvers: state.approvers.map((one) => (one === by ? (signal.to as string) : one)),
        });
    }
  },
  provide: () => undefined,
  defaultInput: () => undefined,
  parts: () => [],
  *templates(def) {
    yield { pointer: '/action', template: def.action, names: [] };
  },
  *expressions(def) {
    if (def.askWhen !== undefined) yield { pointer: '/askWhen', expression: def.askWhen, names: [] };
  },
  *problems({ approvers, escalateTo = [], quorum }) {
    const able = new Set([...(approvers ?? []), ...escalateTo]).size;
    if (approvers !== undefined && able < quorum)
      yield { pointer: '/quorum', code: 'unsatisfiable', message: `${quorum} must approve, but only ${able} may` };
  },
  schemas: () => [],
};

const waiting = (state: ApprovalState): Step<ApprovalState> & { state: ApprovalState } => ({
  state,
  dueAt: state.escalated || state.escalatesAt === null ? state.expiresAt : Math.min(state.escalatesAt, state.expiresAt),
});

function approve(
  { quorum }: ApprovalDef,
  { by, reason }: SignalOf<'approval'>,
  state: ApprovalState,
): Step<ApprovalState> {
  if (state.votes.includes(by)) return {};
  const after = { ...state, votes: [...state.votes, by] };
  return after.votes.length >= quorum ? approved(after, reason) : waiting(after);
}

const approved = (state: ApprovalState, reason?: string): Step<ApprovalState> => ({
  state,
  settle: { status: 'completed', output: { approved: true, ...said(state, reason) } },
});

function rejected({ id, onReject }: ApprovalDef, state: ApprovalState, code: string, why: string): Step<ApprovalState> {
  if (onReject === 'fail') return { state, settle: failed(code, `${id}: ${why}`) };
  return { state, settle: { status: 'completed', output: { approved: false, ...said(state, why) } } };
}

const said = ({ votes, action, edited }: ApprovalState, reason: string | undefined) => ({
  by: votes,
  action,
  edited,
  reason: reason ?? null,
});

const reasonOf = ({ by, reason }: SignalOf<'approval'>): string =>
  reason === undefined ? `rejected by ${by}` : `rejected by ${by}: ${reason}`;

const digestAt = ({ run, path }: Pick<View<ApprovalState>, 'run' | 'path'>, action: Json): string =>
  digestOf(canonicalJson({ run, path, action }));

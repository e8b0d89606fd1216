import type { ApprovalDecision, Body, Json, Limits, OfferRefusal, OutsideEvent, TaskReport } from '@parley/contracts';

/**
 * Something that a run must decide on. `id` names it in the decision's causes; `at` is the server time it arrived, in milliseconds.
 * `tokenValid` says that the report's lease token verified for its claims and `agent`; a control's `epoch` is its sequence in CONTROL.
 */
export type Signal = { id: string; at: number } & (
  | {
      kind: 'submitted';
      workflow: string;
      digest: string;
      input: Json;
      limits: Limits;
      announced?: { task: string };
      by?: string;
    }
  | { kind: 'report'; agent: string; tokenValid: boolean; report: Body<typeof TaskReport> }
  | { kind: 'unroutable'; task: string; attempt: number; reason: string }
  | { kind: 'cancel'; by: string; reason: string }
  | { kind: 'nudge' }
  | { kind: 'offer_refused'; task: string; attempt: number; refusals: OfferRefusal[] }
  | ApprovalDecision
  | OutsideEvent
  | { kind: 'wake'; dueAt: number }
  | { kind: 'control'; epoch: number; verb: 'halt' | 'pause' | 'resume'; by: string; reason: string }
);

/** What is passed on to the nodes that are under way. */
export type NodeSignal = SignalOf<'approval'> | SignalOf<'event'>;

export type SignalOf<K extends Signal['kind']> = Extract<Signal, { kind: K }>;

import type { Plan } from '@parley/core';
import { GenAi, Parley, type Span } from '@parley/tracing';
import type { NextDecision, RunKey } from './run-log.ts';

/** What a recorded `parley.decide` tells; signals that change nothing give no decision and so no number. */
export function describeDecision(
  span: Span,
  { ns, run }: RunKey,
  plan: Plan | undefined,
  signals: number,
  decided: NextDecision | undefined,
): void {
  span.setAttributes({ [Parley.NAMESPACE]: ns, [Parley.RUN_ID]: run, [Parley.DECISION_SIGNALS]: signals });
  if (plan !== undefined) span.setAttribute(GenAi.WORKFLOW_NAME, plan.definition.name);
  if (decided === undefined) return;
  const { n, events } = decided.decision;
  span.setAttributes({ [Parley.DECISION_N]: n, [Parley.DECISION_EVENTS]: events.map(({ type }) => type) });
}

import type { Decision } from '@parley/contracts';
import type { Logger, Metrics } from '@parley/service';

/** One method per thing that happens in a conductor and matters to an operator. */
export interface ConductorEvents {
  decided(decision: Decision, signals: number): void;
  conflict(run: string): void;
  deferred(run: string, error: unknown): void;
  corrupt(run: string, error: unknown): void;
  poisoned(subject: string, error: unknown): void;
  rejected(subject: string, code: string, message: string): void;
  oversized(run: string, bytes: number): void;
  controlUnread(error: unknown): void;
}

export function createConductorEvents(log: Logger, metrics: Metrics): ConductorEvents {
  const decisions = metrics.counter('parley_decisions_total', 'Decisions appended to run logs').with({});
  const signals = metrics.counter('parley_signals_total', 'Signals decided on').with({});
  const conflicts = metrics.counter('parley_append_conflicts_total', 'Appends that another conductor won').with({});
  const deferrals = metrics
    .counter('parley_batches_deferred_total', 'Batches handed back to be delivered again')
    .with({});
  const started = metrics.counter('parley_runs_started_total', 'Runs that began').with({});
  const settled = metrics.counter('parley_runs_settled_total', 'Runs that ended', ['status']);
  const attempts = metrics.counter('parley_attempts_closed_total', 'Attempts that ended', ['outcome']);
  const handoffs = metrics.counter('parley_handoffs_total', 'Hand-offs asked for and given back', ['outcome']);
  const late = metrics.counter('parley_late_reports_total', 'Reports for a closed attempt', ['reason']);
  const votes = metrics.counter('parley_votes_total', 'What people said about requests', ['outcome']);
  const rejected = metrics.counter('parley_messages_rejected_total', 'Messages refused', ['reason']);
  const results = attempts.with({ outcome: 'result' });
  return {
    decided(decision, count) {
      decisions.inc();
      signals.inc(count);
      for (const event of decision.events) {
        if (event.type === 'AttemptClosed') {
          if (event.outcome === 'result') results.inc();
          else {
            attempts.with({ outcome: event.outcome }).inc();
            if (event.outcome === 'handoff') handoffs.with({ outcome: event.error?.code ?? 'requested' }).inc();
            if (event.outcome === 'refused') handoffs.with({ outcome: 'refused' }).inc();
            log.info({
              event: 'attempt.closed',
              run: decision.run,
              path: event.path,
              attempt: event.attempt,
              outcome: event.outcome,
              error: event.error,
            });
          }
        } else if (event.type === 'RunStarted') {
          started.inc();
        } else if (event.type === 'LateReport') {
          late.with({ reason: event.reason }).inc();
          log.warn({
            event: 'report.late',
            run: decision.run,
            task: event.task,
            agent: event.agent,
            reason: event.reason,
          });
        } else if (event.type === 'VoteRecorded') {
          votes.with({ outcome: event.refused?.code ?? event.decision }).inc();
        } else if (event.type === 'RunSettled') {
          settled.with({ status: event.status }).inc();
          log.debug({ event: 'run.settled', run: decision.run, status: event.status, steps: event.steps });
        }
      }
    },
    conflict(run) {
      conflicts.inc();
      log.info({ event: 'append.conflict', run });
    },
    deferred(run, error) {
      deferrals.inc();
      log.warn({ event: 'batch.deferred', run, err: error });
    },
    corrupt: (run, error) => log.error({ event: 'log.corrupt', run, err: error }),
    oversized: (run, bytes) => log.error({ event: 'decision.oversized', run, bytes }),
    controlUnread: (error) => log.warn({ event: 'control.unread', err: error }),
    poisoned: (subject, error) => log.error({ event: 'signal.poison', subject, err: error }),
    rejected(subject, reason, message) {
      rejected.with({ reason }).inc();
      log.warn({ event: 'message.rejected', subject, reason, message });
    },
  };
}

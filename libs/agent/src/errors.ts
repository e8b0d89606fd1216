export { RetryableError, TerminalError } from '@parley/bus';

/** Why work on an attempt ends without an outcome of its own. */
export type StopKind =
  /** Reported as `parked`: control wants it, the work continues in a later attempt. */
  | 'parked'
  /** Another holder has the task: nothing is reported, the delivery comes again later and is judged anew. */
  | 'lost'
  /** The attempt is closed or superseded: nothing is reported, the delivery is acked. */
  | 'dropped'
  /** This process is leaving: nothing is reported, the delivery goes to another replica. */
  | 'leaving';

/** Ends the work on one attempt. Agent code lets it pass; whatever it does with it, the work is stopped. */
export class StopWork extends Error {
  override readonly name = 'StopWork';
  readonly kind: StopKind;

  constructor(kind: StopKind, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.kind = kind;
  }
}

/** The work took longer than its perform time: failed, another attempt may be quicker. */
export class PerformTimeout extends Error {
  override readonly name = 'PerformTimeout';

  constructor(performMs: number) {
    super(`not finished within ${performMs} ms`);
  }
}

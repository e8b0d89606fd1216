/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, in the order in which the reasons arose; empty when ready. */
  readonly reasons: readonly string[];
}

/**
 * Whether the service can take work.
 *
 * It is not ready while `runService` starts or stops it, nor while any reason that the service gave stands.
 */
export interface Health {
  /** `false` adds the reason; `true` withdraws it, and without a reason withdraws all of the service's own. */
  setReady(ready: boolean, reason?: string): void;
  readiness(): Readiness;
}

/** Where `runService` is with the service. */
export type Phase = 'starting' | 'running' | 'stopping';

/** A `Health` with the part that only `runService` drives. */
export interface HealthState extends Health {
  setPhase(phase: Phase): void;
}

/** Starts in phase `starting`; `onChange` hears every change of readiness or its reasons. */
export function createHealth(onChange: (readiness: Readiness) => void = () => {}): HealthState {
  const reasons = new Set<string>();
  let phase: Phase = 'starting';

  function readiness(): Readiness {
    const all = phase === 'running' ? [...reasons] : [phase, ...reasons];
    return { ready: all.length === 0, reasons: all };
  }

  function change(apply: () => void): void {
    const before = readiness().reasons;
    apply();
    const after = readiness();
    if (before.length !== after.reasons.length || before.some((reason, index) => reason !== after.reasons[index]))
      onChange(after);
  }

  return {
    readiness,
    setReady: (ready, reason) =>
      change(() => {
        if (!ready) reasons.add(reason ?? 'not ready');
        else if (reason === undefined) reasons.clear();
        else reasons.delete(reason);
      }),
    setPhase: (next) =>
      change(() => {
        phase = next;
      }),
  };
}

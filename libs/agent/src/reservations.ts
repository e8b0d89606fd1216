/** Slots promised to offers that were agreed to. Each is given up when its award comes, or when the time to award it is over. */
export interface Reservations {
  reserve(task: string, untilMs: number): void;
  release(task: string): void;
  /** How many there are at this time, in milliseconds since 1970. */
  count(nowMs: number): number;
}

export function createReservations(): Reservations {
  const until = new Map<string, number>();
  return {
    reserve: (task, untilMs) => void until.set(task, untilMs),
    release: (task) => void until.delete(task),
    count(nowMs) {
      for (const [task, untilMs] of until) if (untilMs <= nowMs) until.delete(task);
      return until.size;
    },
  };
}

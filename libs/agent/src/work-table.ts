import type { Delivery } from '@parley/bus';
import type { ControlView } from './control-view.ts';
import { PerformTimeout, StopWork } from './errors.ts';
import { type AwardBody, Work, type WorkPorts } from './work.ts';

/** What one instance has in hand, by task. */
export interface WorkTable {
  readonly size: number;
  /** Takes a delivery: begins the work, or joins it to the same attempt in hand. A newer attempt displaces an older one. */
  take(award: AwardBody, delivery: Delivery): void;
  /** Stops what a command in force concerns. */
  applyControl(view: ControlView): void;
  cancel(task: string, attempt: number): void;
  stopAll(reason: StopWork): void;
  /** Stops works that are past their perform time. */
  sweep(nowMs: number): void;
  /** Resolves when nothing is in hand. */
  empty(): Promise<void>;
}

export function createWorkTable(ports: WorkPorts, onEnded: (work: Work) => void): WorkTable {
  const works = new Map<string, Work>();

  function begin(award: AwardBody, delivery: Delivery): void {
    const work = new Work(ports, award, delivery);
    works.set(award.task, work);
    work.onEnded(() => {
      if (works.get(award.task) === work) works.delete(award.task);
      onEnded(work);
    });
    work.start();
  }

  function take(award: AwardBody, delivery: Delivery): void {
    const present = works.get(award.task);
    if (present === undefined) begin(award, delivery);
    else if (present.award.attempt === award.attempt) present.join(delivery);
    else if (present.award.attempt > award.attempt) delivery.ack();
    else {
      present.stop(new StopWork('dropped', `attempt ${award.attempt} has begun`));
      present.onEnded(() => take(award, delivery));
    }
  }

  return {
    get size() {
      return works.size;
    },
    take,
    applyControl(view) {
      for (const work of works.values()) {
        const stop = view.stopFor(work.award);
        if (stop?.verb === 'halt') work.stop(new StopWork('parked', `halt: ${stop.reason}`));
        else if (stop?.verb === 'pause') work.pause(stop.reason);
      }
    },
    cancel(task, attempt) {
      const work = works.get(task);
      if (work?.award.attempt === attempt) work.stop(new StopWork('dropped', 'cancelled by the router'));
    },
    stopAll(reason) {
      for (const work of works.values()) work.stop(reason);
    },
    sweep(nowMs) {
      for (const work of works.values()) {
        if (nowMs > work.expiresAtMs) work.stop(new PerformTimeout(work.award.performMs));
      }
    },
    async empty() {
      while (works.size > 0) {
        await Promise.all([...works.values()].map((work) => new Promise<void>((resolve) => work.onEnded(resolve))));
      }
    },
  };
}

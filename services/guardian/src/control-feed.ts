import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, StoredMessage } from '@parley/bus';
import { Control } from '@parley/contracts';
import type { ControlState } from './control-state.ts';
import type { GuardianEvents } from './events.ts';

const MAX_SCOPES = 100_000;

/** Keeps the control state at the end of CONTROL. */
export interface ControlFeed extends AsyncDisposable {
  /** False from a lost connection until CONTROL was read to its end again: nothing may be granted. */
  readonly caughtUp: boolean;
  /** Rejects when it ended by itself for good. */
  readonly closed: Promise<void>;
}

export async function followControl(bus: Bus, state: ControlState, events: GuardianEvents): Promise<ControlFeed> {
  let caughtUp = false;
  let stopped = false;
  /** Counts the readings to the end; only the newest may say that it is there. */
  let reading = 0;

  function apply(messages: readonly StoredMessage[]): void {
    for (const { subject, payload, sequence, at } of messages) {
      try {
        const command = Control.decode(payload);
        if (state.apply(subject, sequence, at, command)) events.controlApplied(subject, sequence, command);
      } catch (error) {
        events.controlUnreadable(subject, sequence, error);
      }
    }
  }

  async function readAgain(): Promise<void> {
    const mine = ++reading;
    while (!stopped && mine === reading) {
      try {
        const commands = await bus.lastPerSubject('CONTROL', Control.filter(), MAX_SCOPES);
        if (mine !== reading) return;
        apply(commands);
        caughtUp = true;
        return;
      } catch (error) {
        events.controlUnread(error);
        await delay(100);
      }
    }
  }

  bus.onStatus((status) => {
    if (stopped) return;
    reading++;
    caughtUp = false;
    if (status === 'connected') void readAgain();
  });
  const following = await bus.follow('CONTROL', Control.filter(), apply, { lastPerSubject: true });
  await readAgain();

  return {
    get caughtUp() {
      return caughtUp;
    },
    closed: following.closed,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await following[Symbol.asyncDispose]();
    },
  };
}

import type { Bus } from '@parley/bus';
import { Control } from '@parley/contracts';
import type { AgentLog } from './agent-log.ts';
import type { ControlView } from './control-view.ts';
import { backoffMs, wait } from './wait.ts';

/** Keeps a control view at the end of CONTROL. */
export interface ControlFeed extends AsyncDisposable {
  /** False from a lost connection until CONTROL has been read to its end again: no work may begin. */
  readonly caughtUp: boolean;
  /** Resolves once caught up. */
  ready(): Promise<void>;
}

const MAX_COMMANDS = 100_000;

export async function followControl(
  bus: Bus,
  view: ControlView,
  onChange: () => void,
  log: AgentLog,
): Promise<ControlFeed> {
  let caughtUp = false;
  let closed = false;
  let waiting = Promise.withResolvers<void>();
  let reading = 0;

  const catchUp = (): void => {
    caughtUp = true;
    waiting.resolve();
  };
  function apply(message: { subject: string; payload: Uint8Array; sequence: number }): boolean {
    try {
      return view.apply(message.subject, message.sequence, Control.decode(message.payload));
    } catch (err) {
      log.error({ event: 'control.unreadable', subject: message.subject, sequence: message.sequence, err });
      return false;
    }
  }
  function applyAll(messages: readonly { subject: string; payload: Uint8Array; sequence: number }[]): void {
    let changed = false;
    for (const message of messages) changed = apply(message) || changed;
    if (changed) onChange();
  }

  async function readAgain(): Promise<void> {
    const mine = ++reading;
    for (let attempt = 1; !closed && mine === reading; attempt++) {
      try {
        const commands = await bus.lastPerSubject('CONTROL', Control.filter(), MAX_COMMANDS);
        if (mine !== reading) return;
        applyAll(commands);
        catchUp();
        return;
      } catch (err) {
        log.warn({ event: 'control.unread', err });
        await wait(backoffMs(attempt, 100, 2_000));
      }
    }
  }

  bus.onStatus((status) => {
    if (closed) return;
    if (status === 'disconnected' && caughtUp) {
      reading++;
      caughtUp = false;
      waiting = Promise.withResolvers();
    } else if (status === 'connected' && !caughtUp) void readAgain();
  });
  const following = await bus.follow('CONTROL', Control.filter(), applyAll, {
    lastPerSubject: true,
    onCaughtUp: catchUp,
  });
  following.closed.catch((err: unknown) => {
    if (!closed) log.error({ event: 'control.lost', err });
  });

  return {
    get caughtUp() {
      return caughtUp;
    },
    ready: () => waiting.promise,
    async [Symbol.asyncDispose]() {
      closed = true;
      await following[Symbol.asyncDispose]();
    },
  };
}

import { Control } from '@parley/contracts';
import { type Bus, type CaughtUp, followCaughtUp } from '@parley/bus';
import type { Mail } from './mailboxes.ts';
import type { RunKey } from './run-log.ts';

/** The commands on single runs. */
export interface Commands extends CaughtUp {
  /** The newest command on a run: a run that begins after it was given must be told. */
  of(key: RunKey): Mail | undefined;
}

/**
 * Follows the commands on single runs and puts each into its run's mailbox. Resolves once everything stored in CONTROL has been read: no
 * signal is decided on before that.
 */
export async function followControl(
  bus: Bus,
  accept: (mail: Mail[]) => void,
  onError: (error: unknown) => void,
): Promise<Commands> {
  const newest = new Map<string, Mail>();

  function deliver(mail: Omit<Mail, 'done' | 'again' | 'poison'>): void {
    const entry: Mail = {
      ...mail,
      done() {},
      again: () => setTimeout(() => accept([{ ...entry, redelivered: true }]), RETRY_MS).unref(),
      poison() {},
    };
    newest.set(`${entry.key.ns}/${entry.key.run}`, entry);
    accept([entry]);
  }

  const feed = await followCaughtUp(
    bus,
    'CONTROL',
    Control.filter(),
    (messages) => {
      for (const message of messages) {
        const params = Control.parseSubject(message.subject);
        if (params?.scope !== 'run') continue;
        const command = commandIn(message.payload);
        if (command === undefined) continue;
        deliver({
          key: { ns: params.ns, run: params.id },
          traceparent: undefined,
          redelivered: false,
          signal: {
            id: `control-${message.sequence}`,
            at: message.at,
            kind: 'control',
            epoch: message.sequence,
            ...command,
          },
        });
      }
    },
    onError,
  );
  await feed.ready();
  return {
    of: ({ ns, run }) => newest.get(`${ns}/${run}`),
    get caughtUp() {
      return feed.caughtUp;
    },
    ready: () => feed.ready(),
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}

/** A command that could not be recorded now (no storage) is tried again after this long; milliseconds. */
const RETRY_MS = 500;

/** Undefined when it is no command: one bad message must not keep the others from being read. */
function commandIn(payload: Uint8Array): ReturnType<typeof Control.decode> | undefined {
  try {
    return Control.decode(payload);
  } catch {
    return undefined;
  }
}

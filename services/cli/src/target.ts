import { type Bus, connectBus } from '@parley/bus';
import { isToken } from '@parley/contracts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { requireNatsUrl } from './stack/server-url.ts';
import { borrowedNats } from './stack/servers.ts';
import { findRunningStack, type StackState } from './stack/state-file.ts';

/** Flags of every command that talks to a stack. */
export interface TargetFlags {
  readonly natsUrl?: string;
  readonly namespace?: string;
  readonly data?: string;
}

/** Which stack a command talks to, and how that was found. */
export interface Target {
  readonly natsUrl: string;
  /** The flag, variable or file that named the URL. */
  readonly source: string;
  readonly namespace: string;
  readonly stack: StackState | undefined;
}

const USUAL_URL = 'nats://127.0.0.1:4222';

/** By flag, by environment, the stack that runs in this folder (`parley dev`), else the usual address. */
export function findTarget(flags: TargetFlags, env: NodeJS.ProcessEnv, cwd: string): Target {
  const stack = findRunningStack({ data: flags.data ?? (env['PARLEY_DATA'] || undefined), from: cwd });
  const candidates: [string, string | undefined][] = [
    ['--nats-url', flags.natsUrl],
    ['PARLEY_NATS_URL', env['PARLEY_NATS_URL']],
    ['parley dev', stack?.natsUrl],
    ['default', USUAL_URL],
  ];
  const [source, natsUrl] = candidates.find(([, url]) => url) ?? ['default', USUAL_URL];
  if (natsUrl !== undefined) requireNatsUrl(source, natsUrl);
  const namespace = flags.namespace ?? (env['PARLEY_NAMESPACE'] || (stack?.namespace ?? 'default'));
  return { natsUrl: natsUrl ?? USUAL_URL, source, namespace: requireToken('--namespace', namespace), stack };
}

/** Connects to the stack of a target. Throws `CliError` when nothing answers there or the server is too old. */
export async function connectTo({ natsUrl, source }: Target): Promise<Bus> {
  if (source === 'default') {
    await borrowedNats(natsUrl, 'nats').catch((cause: unknown) => {
      throw new CliError(
        {
          exit: EXIT.unavailable,
          code: 'no_stack',
          message: `no stack is running here and no NATS server answers on ${natsUrl}`,
          fix: 'run parley dev in this folder, or name a server with --nats-url',
        },
        { cause },
      );
    });
  } else await borrowedNats(natsUrl, source);
  return await connectBus({ url: natsUrl, name: 'parley-cli', topology: 'check' });
}

/** The value, when it may stand in a subject. */
export function requireToken(field: string, value: string): string {
  if (isToken(value)) return value;
  throw new CliError({
    exit: EXIT.usage,
    code: 'token_invalid',
    field,
    value,
    message: 'must be 1 to 128 characters of A-Z a-z 0-9 _ -',
    fix: 'choose another name',
  });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '@parley/bus';
import type { Terminal } from '../output/terminal.ts';
import { chooseDocs } from '../stack/docs.ts';
import { layoutOf } from '../stack/layout.ts';
import { AGENTS, SPECIALISTS } from '../stack/services.ts';
import { startStack } from '../stack/stack.ts';
import type { StackState } from '../stack/state-file.ts';
import { connectTo, findTarget, type TargetFlags } from '../target.ts';

/** The stack that runs in this folder, or one of its own for as long as `use` takes; `offline` means one of its own without a key. */
export async function withStack<T>(
  flags: TargetFlags & { offline?: true },
  signal: AbortSignal,
  { note }: Terminal,
  use: (stack: { bus: Bus; state: StackState; env: NodeJS.ProcessEnv }) => Promise<T>,
): Promise<T> {
  const env = flags.offline === true ? { ...process.env, PARLEY_OFFLINE: '1' } : process.env;
  const target = flags.offline === true ? undefined : findTarget(flags, env, process.cwd());
  if (target?.stack !== undefined) {
    await using bus = await connectTo(target);
    return await use({ bus, state: target.stack, env });
  }
  const folder = await mkdtemp(join(tmpdir(), 'parley-templates-'));
  try {
    const docs = await chooseDocs(undefined, folder, note);
    await using stack = await startStack({
      layout: layoutOf(folder),
      docs: docs.folder,
      namespace: 'templates',
      agents: [...AGENTS, SPECIALISTS],
      nats: { urlField: 'PARLEY_NATS_URL', portField: 'port' },
      redis: { urlField: 'PARLEY_REDIS_URL', portField: 'port' },
      restart: true,
      env,
      signal,
      onProgress: note,
      onChange: ({ name, because }) => {
        if (because !== undefined && !signal.aborted) note(`  ${name} ${because}; it is started again`);
      },
    });
    return await use({ bus: stack.bus, state: stack.state(), env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

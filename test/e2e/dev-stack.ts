import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectBus } from '@parley/bus';
import { launch, type Program } from './program.ts';

/** A stack of `parley dev`; disposing it stops it. */
export interface DevStack extends AsyncDisposable {
  readonly program: Program;
  readonly data: string;
  readonly natsUrl: string;
  readonly modelUrl: string;
  readonly bus: Bus;
  /** Runs a command against this stack and parses what it prints. */
  json(...args: string[]): Promise<{ code: number | null; body: Record<string, unknown> }>;
}

export interface DevOptions {
  /** Left out, a folder that is deleted with the stack. */
  readonly data?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

/** Starts `parley dev` on free ports and resolves when it is ready. */
export async function openDevStack({ data, args = [], env = {} }: DevOptions = {}): Promise<DevStack> {
  await using stack = new AsyncDisposableStack();
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'parley-e2e-')));
  if (data === undefined) stack.defer(() => rm(folder, { recursive: true, force: true }));
  const program = stack.use(launch('parley', ['dev', '--data', folder, '--json', ...args], env));
  await program.says(/"ready":true/, 90_000);
  const { natsUrl, modelUrl } = JSON.parse(program.stdout()) as { natsUrl: string; modelUrl: string };
  const bus = await connectBus({ url: natsUrl, name: 'e2e', topology: 'check' });
  stack.defer(() => bus.close());
  const owned = stack.move();
  return {
    program,
    data: folder,
    natsUrl,
    modelUrl,
    bus,
    async json(...command) {
      await using ran = launch('parley', [...command, '--data', folder, '--json']);
      const { code, stdout } = await ran.ended;
      return { code, body: JSON.parse(stdout) as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

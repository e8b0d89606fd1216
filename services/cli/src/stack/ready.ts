import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '@parley/bus';
import { QueryAgents, WorkflowRegister } from '@parley/contracts';
import { readWorkflow } from '@parley/workflow';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { PROJECT_ROOT } from './layout.ts';

const PATIENCE_MS = 60_000;
const AGAIN_MS = 50;

/** Beside the workflows: their JSON Schema, for editors. */
const SCHEMA_FILE = 'schema.json';

/** Registers every definition in the project's `workflows` folder as soon as the conductor answers; resolves to their names. */
export async function registerWorkflows(bus: Bus, namespace: string, signal: AbortSignal): Promise<string[]> {
  const folder = join(PROJECT_ROOT, 'workflows');
  const files = (await readdir(folder))
    .filter((file) => /\.(json|yaml)$/.test(file) && file !== SCHEMA_FILE)
    .toSorted();
  return await Promise.all(
    files.map(async (file) => {
      const { definition } = readWorkflow(await readFile(join(folder, file), 'utf8'), `workflows/${file}`);
      const params = { ns: namespace, workflow: definition.name };
      const patience = { patienceMs: PATIENCE_MS, signal };
      return (await ask(bus, WorkflowRegister, params, definition, patience)).name;
    }),
  );
}

/** Resolves when the registry lists a live instance of each of these agents. */
export async function waitForAgents(
  bus: Bus,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const patience = { patienceMs: PATIENCE_MS, signal };
    const { agents } = await ask(bus, QueryAgents, { ns: namespace }, {}, patience);
    const live = new Set(agents.filter(({ instances }) => instances.length > 0).map(({ card }) => card.agent));
    const missing = names.filter((name) => !live.has(name));
    if (missing.length === 0) return;
    if (performance.now() > until)
      throw new CliError({
        exit: EXIT.unavailable,
        code: 'agents_missing',
        field: 'agents',
        value: missing.join(', '),
        message: 'did not join the registry in time',
        fix: 'see their logs',
      });
    await wait(AGAIN_MS, undefined, { signal });
  }
}

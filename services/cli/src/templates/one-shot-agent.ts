import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bus, BusError } from '@parley/bus';
import { AgentDelete, QueryAgents } from '@parley/contracts';
import { ask } from '../ask.ts';
import { startChild } from '../stack/child.ts';
import { layoutOf, PROJECT_ROOT } from '../stack/layout.ts';
import { environmentOf, type ServiceSpec } from '../stack/services.ts';
import type { StackState } from '../stack/state-file.ts';

const ENTRY = join(PROJECT_ROOT, 'services/agents/specialists/src/main-from-file.ts');
const AGAIN_MS = 100;
const GONE_WITHIN_MS = 20_000;

/** An agent that lives for one run: its process is ended and it is deleted from the registry when this is disposed of. */
export async function createOneShotAgent(
  file: string,
  { bus, state, env, signal }: { bus: Bus; state: StackState; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<AsyncDisposable & { readonly agent: string }> {
  const { namespace, natsUrl, redisUrl, docs, modelUrl, data } = state;
  const { compileCache, leaseKeyFile, logs } = layoutOf(data);
  const spec: ServiceSpec = { name: 'one-shot', kind: 'agent', entry: ENTRY };
  const modelSimPort = modelUrl === null ? undefined : Number(new URL(modelUrl).port);
  const addresses = { natsUrl, redisUrl, namespace, docs, leaseKeyFile, compileCache, modelSimPort };
  const before = await agentsOf(bus, namespace);
  const child = await startChild(
    {
      entry: ENTRY,
      args: [file],
      execArgv: [],
      cwd: PROJECT_ROOT,
      env: environmentOf(spec, env, addresses),
      logFile: join(logs, 'one-shot.log'),
    },
    signal,
  );
  const agent = (await agentsOf(bus, namespace)).find((name) => !before.includes(name)) ?? 'one-shot';
  return {
    agent,
    async [Symbol.asyncDispose]() {
      await child.stop();
      await deleteAgent(bus, namespace, agent);
    },
  };
}

async function agentsOf(bus: Bus, ns: string): Promise<string[]> {
  const { agents } = await ask(bus, QueryAgents, { ns }, {});
  return agents.filter(({ instances }) => instances.length > 0).map(({ card }) => card.agent);
}

/** Deletes an agent once its last instance has left. */
async function deleteAgent(bus: Bus, ns: string, agent: string): Promise<void> {
  const until = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    try {
      await ask(bus, AgentDelete, { ns, agent }, {});
      return;
    } catch (error) {
      const isAlive = error instanceof BusError && error.problem?.code === 'state_conflict';
      if (!isAlive || performance.now() > until) throw error;
      await wait(AGAIN_MS);
    }
  }
}

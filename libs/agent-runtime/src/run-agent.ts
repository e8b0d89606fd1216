import { type Agent, startAgent } from '@parley/agent';
import { connectBus } from '@parley/bus';
import { lazyBoards } from './lazy-boards.ts';
import { pricesOf, providerOf } from './model.ts';
import { ConfigError, type RunningService, runService, type ServiceContext } from '@parley/service';
import { createAgentMetrics } from './metrics.ts';
import {
  type AgentConfig,
  isOffline,
  modelOf,
  readConfig,
  readConfigOfSeveral,
  readConfigWithDocs,
  readConfigWithWorkspaces,
} from './read-config.ts';

/** Makes the agent of a process; `docs` is the folder of its documents, if one is named. */
export type MakeAgent = (environment: { readonly docs: string | undefined }) => Agent | Promise<Agent>;

/** Makes the agents of a process that hosts several; `agents` are the names that were asked for, undefined for all. */
export type MakeAgents = (environment: {
  readonly offline: boolean;
  readonly agents: readonly string[] | undefined;
}) => readonly Agent[] | Promise<readonly Agent[]>;

/** Makes the agent of a process that runs commands: those of a file, in folders below one. */
export type MakeCommandAgent = (environment: {
  readonly commandsFile: string | undefined;
  readonly workspaces: string | undefined;
}) => Agent | Promise<Agent>;

/** Makes the agent of a process that cannot do without documents. */
export type MakeReadingAgent = (environment: { readonly docs: string }) => Agent | Promise<Agent>;

/** Runs one agent for the life of the process: connects it to NATS, Redis and the model by the environment. */
export async function runAgent(name: string, make: MakeAgent): Promise<void> {
  const start = async (shutdown: AbortSignal, context: ServiceContext): Promise<RunningService> => {
    const config = readConfig(process.env);
    return join([await make(config)], config, shutdown, context);
  };
  await runService(name, start, { readConfig });
}

/** Runs several agents in one process. Each takes part by itself: its own bids, its own queue, its own slots. */
export async function runAgents(name: string, make: MakeAgents): Promise<void> {
  const start = async (shutdown: AbortSignal, context: ServiceContext): Promise<RunningService> => {
    const config = readConfigOfSeveral(process.env);
    const agents = config.agents?.split(',').map((agent) => agent.trim());
    return join(make({ offline: isOffline(config), agents }), config, shutdown, context);
  };
  await runService(name, start, { readConfig: readConfigOfSeveral });
}

/** The same for an agent that runs commands (`PARLEY_COMMANDS`, `PARLEY_WORKSPACES`). */
export async function runAgentWithWorkspaces(name: string, make: MakeCommandAgent): Promise<void> {
  const start = async (shutdown: AbortSignal, context: ServiceContext): Promise<RunningService> => {
    const config = readConfigWithWorkspaces(process.env);
    return join([await make(config)], config, shutdown, context);
  };
  await runService(name, start, { readConfig: readConfigWithWorkspaces });
}

/** The same for an agent that reads documents: without `PARLEY_DOCS` the process ends with a line that says so. */
export async function runReadingAgent(name: string, make: MakeReadingAgent): Promise<void> {
  const start = async (shutdown: AbortSignal, context: ServiceContext): Promise<RunningService> => {
    const config = readConfigWithDocs(process.env);
    const making = Promise.resolve(make(config)).then(
      (agent) => [agent],
      (error: unknown) => {
        throw documentsFault(config.docs, error);
      },
    );
    return join(making, config, shutdown, context);
  };
  await runService(name, start, { readConfig: readConfigWithDocs });
}

/** A folder that cannot be read is a wrong setting: said in one line, with the fix that the corpus names. */
function documentsFault(docs: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('fix' in cause) || typeof cause.fix !== 'string') return cause;
  const [message = cause.message] = cause.message.split('; fix:');
  return new ConfigError([{ variable: 'PARLEY_DOCS', value: docs, message, fix: cause.fix }], { cause });
}

async function join(
  making: readonly Agent[] | Promise<readonly Agent[]>,
  config: Omit<AgentConfig, 'docs'>,
  shutdown: AbortSignal,
  { instance, log, metrics, health }: ServiceContext,
): Promise<RunningService> {
  await using stack = new AsyncDisposableStack();
  // Documents are read while the connection is made.
  const [agents, bus] = await Promise.all([
    making,
    connectBus({
      url: config.natsUrl,
      name: instance,
      topology: 'ensure',
      onLog: ({ level, message, error }) => log[level]({ event: 'bus', err: error }, message),
    }),
  ]);
  stack.use(bus);
  const boards = stack.use(lazyBoards(config.redisUrl, bus));
  const shared = {
    bus,
    ns: config.namespace,
    instance,
    slots: config.slots,
    drainMs: config.drainMs,
    provider: providerOf(config),
    prices: await pricesOf(config),
    model: modelOf(config),
    boards,
    log,
    metrics: createAgentMetrics(metrics),
    signal: shutdown,
  };
  const running = await Promise.all(agents.map(async (agent) => stack.use(await startAgent(agent, shared))));
  bus.onStatus((status) => health.setReady(status === 'connected', 'nats'));
  const resources = stack.move();
  return {
    closed: Promise.race(running.map(({ closed }) => closed)),
    async drain() {
      await Promise.all(running.map((agent) => agent.drain()));
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

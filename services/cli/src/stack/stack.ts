import { join } from 'node:path';
import { type Bus, connectBus } from '@parley/bus';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { startChild } from './child.ts';
import { type Layout, prepareLayout, PROJECT_ROOT } from './layout.ts';
import { registerWorkflows, waitForAgents } from './ready.ts';
import { freePort, planNats, planRedis, type ServerChoice, type ServerPlan } from './servers.ts';
import {
  CORE_SERVICES,
  environmentOf,
  MODEL_SIM,
  preloadArguments,
  type ServiceSpec,
  type StackAddresses,
  usesModelSim,
} from './services.ts';
import { findRunningStack, openStateFile, type ProcessRow, type StackState } from './state-file.ts';
import { PermanentFailure, type ProcessChange, supervise, type Supervisor } from './supervisor.ts';

export interface StackOptions {
  readonly layout: Layout;
  /** Real path of the folder that the agents answer from. */
  readonly docs: string;
  readonly namespace: string;
  readonly agents: readonly ServiceSpec[];
  readonly nats: ServerChoice;
  readonly redis: ServerChoice;
  /** Where model-sim listens when that port is free; left out, or otherwise, on any free one. */
  readonly usualModelPort?: number;
  /** Start what ended by itself again. */
  readonly restart: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Told one line per step that takes time. */
  readonly onProgress: (line: string) => void;
  readonly onChange: (change: ProcessChange) => void;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** A running stack; disposing it stops everything in order: agents, services, servers. */
export interface Stack extends AsyncDisposable {
  readonly bus: Bus;
  readonly workflows: readonly string[];
  state(): StackState;
}

/** One process of every kind, most with a supervisor; one that somebody else runs has only its row. */
interface Member {
  readonly name: string;
  readonly kind: ProcessRow['kind'];
  readonly url: string | null;
  readonly supervisor?: Supervisor;
}

/** From the bottom up; stopped in the reverse order. */
const KINDS: readonly ProcessRow['kind'][] = ['server', 'service', 'agent'];

/** Starts servers, services and agents in parallel, registers the workflows and resolves when all of it answers. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { layout, docs, namespace, env, onProgress, signal } = options;
  // Every child adds a listener for the exit of this process.
  process.setMaxListeners(process.getMaxListeners() + 32);
  await prepareLayout(layout);
  refuseUsedFolder(layout);
  const startedAt = new Date().toISOString();
  const members: Member[] = [];
  const stateFile = openStateFile(layout.stateFile);
  let bus: Bus | undefined;
  let current: { nats: ServerPlan; redis: ServerPlan; modelSimPort: number | undefined } | undefined;

  function state(): StackState {
    return {
      version: 1,
      pid: process.pid,
      startedAt,
      data: layout.data,
      docs,
      namespace,
      natsUrl: current?.nats.url ?? '',
      redisUrl: current?.redis.url ?? '',
      modelUrl: current?.modelSimPort === undefined ? null : `http://127.0.0.1:${current.modelSimPort}`,
      processes: KINDS.flatMap((kind) => members.filter((member) => member.kind === kind)).map(rowOf),
    };
  }

  function onChange(change: ProcessChange): void {
    if (change.status !== 'stopped') stateFile.write(state());
    options.onChange(change);
  }

  function startServer(plan: ServerPlan): Promise<void> {
    const { name, url, start } = plan;
    if (start === undefined) {
      members.push({ name, kind: 'server', url });
      return Promise.resolve();
    }
    const supervisor = supervise({ name, start, restart: options.restart, onChange });
    members.push({ name, kind: 'server', url, supervisor });
    return supervisor.ready;
  }

  function startService(spec: ServiceSpec, addresses: StackAddresses): Promise<void> {
    const { name, kind, entry } = spec;
    const child = {
      entry,
      execArgv: preloadArguments(env),
      cwd: PROJECT_ROOT,
      env: environmentOf(spec, env, addresses),
      logFile: join(layout.logs, `${name}.log`),
    };
    const supervisor = supervise({
      name,
      restart: options.restart,
      onChange,
      start: (abort) => startChild(child, abort),
    });
    const url = spec === MODEL_SIM ? `http://127.0.0.1:${addresses.modelSimPort}` : null;
    members.push({ name, kind, url, supervisor });
    return supervisor.ready.catch((cause: unknown) => {
      throw startFailed(name, child.logFile, cause);
    });
  }

  async function stop(): Promise<void> {
    await bus?.close().catch(() => {});
    for (const kind of KINDS.toReversed()) {
      const supervisors = members
        .filter((member) => member.kind === kind)
        .flatMap(({ supervisor }) => supervisor ?? []);
      await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
    }
    await stateFile.remove();
  }

  const abandoned = rejectOnAbort(signal);
  try {
    const planning = Promise.all([
      planNats(options.nats, layout, onProgress),
      planRedis(options.redis, layout, onProgress),
      usesModelSim(env) ? freePort(options.usualModelPort) : undefined,
    ]);
    const [nats, redis, modelSimPort] = await Promise.race([planning, abandoned]);
    current = { nats, redis, modelSimPort };
    const { compileCache, leaseKeyFile } = layout;
    const addresses: StackAddresses = {
      natsUrl: nats.url,
      redisUrl: redis.url,
      namespace,
      docs,
      leaseKeyFile,
      modelSimPort,
      compileCache,
    };
    const model = modelSimPort === undefined ? undefined : startService(MODEL_SIM, addresses);
    await Promise.race([Promise.all([startServer(nats), startServer(redis)]), abandoned]);

    const services = [...CORE_SERVICES, ...options.agents].map((spec) => startService(spec, addresses));
    const opened = connectBus({ url: nats.url, name: 'parley-cli', topology: 'ensure' });
    const registered = opened.then(async (connection) => {
      bus = connection;
      return await registerWorkflows(connection, namespace, signal);
    });
    const [workflows] = await Promise.race([Promise.all([registered, model, ...services]), abandoned]);
    const connection = await opened;
    await waitForAgents(
      connection,
      namespace,
      options.agents.flatMap(({ name, hosts }) => hosts ?? [name]),
      signal,
    );
    stateFile.write(state());
    return { bus: connection, workflows, state, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function rowOf({ name, kind, url, supervisor }: Member): ProcessRow {
  const process = supervisor?.process;
  return {
    name,
    kind,
    pid: process?.pid ?? 0,
    httpPort: process?.httpPort ?? null,
    url,
    status: supervisor?.status ?? 'external',
    restarts: supervisor?.restarts ?? 0,
  };
}

function refuseUsedFolder({ data }: Layout): void {
  const running = findRunningStack({ data, from: data });
  if (running === undefined) return;
  throw new CliError({
    exit: EXIT.unavailable,
    code: 'directory_in_use',
    field: '--data',
    value: data,
    message: `is in use by process ${running.pid}`,
    fix: `stop process ${running.pid}, or choose another directory`,
  });
}

function startFailed(name: string, logFile: string, cause: unknown): CliError {
  const exit = cause instanceof PermanentFailure ? EXIT.config : EXIT.unavailable;
  const message = `${name} ${cause instanceof Error ? cause.message : String(cause)}`;
  return new CliError({ exit, code: 'start_failed', message, fix: `see ${logFile}` }, { cause });
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const rejected = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  rejected.catch(() => {});
  return rejected;
}

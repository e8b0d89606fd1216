import { join } from 'node:path';
import { PROJECT_ROOT } from './layout.ts';

export type ProcessKind = 'server' | 'service' | 'agent';

/** One Node process of the stack. */
export interface ServiceSpec {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly entry: string;
  /** Agents that are in the registry once it is ready; left out, the process itself is one. */
  readonly hosts?: readonly string[];
}

const entryOf = (folder: string): string => join(PROJECT_ROOT, 'services', folder, 'src', 'main.ts');

const service = (name: string): ServiceSpec => ({ name, kind: 'service', entry: entryOf(name) });
const agent = (name: string): ServiceSpec => ({ name, kind: 'agent', entry: entryOf(join('agents', name)) });

export const MODEL_SIM = service('model-sim');
export const CORE_SERVICES = ['conductor', 'router', 'guardian'].map(service);
export const AGENTS = ['planner', 'researcher', 'analyst', 'writer', 'reviewer'].map(agent);
/** The agents of the workflow templates; the process is ready when all of them have joined. */
export const SPECIALISTS: ServiceSpec = { ...agent('specialists'), hosts: [] };
/** Carries out commands on files that agents wrote, with the rights of whoever starts the stack: only where that is asked for. */
export const RUNNER = agent('runner');

/** What the processes of one stack share. */
export interface StackAddresses {
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly namespace: string;
  readonly docs: string;
  readonly leaseKeyFile: string;
  /** Set: agents talk to the model-sim that listens on this port of 127.0.0.1. */
  readonly modelSimPort?: number | undefined;
  readonly compileCache: string;
}

/** Variables of the caller that mean one process, or that each process gets only if it reads them. */
const NOT_INHERITED = [
  'NODE_OPTIONS',
  'PARLEY_HTTP_PORT',
  'PARLEY_PORT',
  'PARLEY_NATS_URL',
  'PARLEY_REDIS_URL',
  'PARLEY_NAMESPACE',
  'PARLEY_DOCS',
  'PARLEY_LEASE_KEY',
  'ANTHROPIC_API_KEY',
];

/** The environment of one process: the caller's, then what this stack decides. */
export function environmentOf(
  { name, kind }: ServiceSpec,
  caller: NodeJS.ProcessEnv,
  addresses: StackAddresses,
): NodeJS.ProcessEnv {
  const { natsUrl, redisUrl, namespace, docs, leaseKeyFile, modelSimPort, compileCache } = addresses;
  const env: NodeJS.ProcessEnv = { ...caller };
  for (const variable of NOT_INHERITED) delete env[variable];
  env['NODE_COMPILE_CACHE'] = compileCache;
  env['NODE_NO_WARNINGS'] = '1';
  env['OTEL_SERVICE_NAME'] = `parley-${name}`;
  if (name === MODEL_SIM.name) {
    env['PARLEY_PORT'] = String(modelSimPort);
    return env;
  }
  env['PARLEY_NATS_URL'] = natsUrl;
  if (name === 'conductor' || name === 'router') env['PARLEY_LEASE_KEY_FILE'] = leaseKeyFile;
  else env['PARLEY_REDIS_URL'] = redisUrl;
  if (kind !== 'agent') return env;
  env['PARLEY_NAMESPACE'] = namespace;
  env['PARLEY_DOCS'] = docs;
  // Whoever stops a stack waits for it; unfinished work continues from its journal at the next start.
  env['PARLEY_DRAIN_MS'] ??= '1000';
  if (modelSimPort !== undefined) {
    env['ANTHROPIC_BASE_URL'] = `http://127.0.0.1:${modelSimPort}`;
    env['ANTHROPIC_API_KEY'] = 'model-sim';
  } else env['ANTHROPIC_API_KEY'] = caller['ANTHROPIC_API_KEY'];
  return env;
}

/** Traces are recorded only when there is somewhere to send them: the preload costs start time. */
export function preloadArguments(env: NodeJS.ProcessEnv): string[] {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  return endpoint ? ['--import', '@parley/service/telemetry'] : [];
}

/** A model-sim stands in for the model when there is no key for the real one, or when the caller wants to stay offline. */
export function usesModelSim(env: NodeJS.ProcessEnv): boolean {
  return !env['ANTHROPIC_API_KEY'] || ['1', 'true', 'yes', 'on'].includes((env['PARLEY_OFFLINE'] ?? '').toLowerCase());
}

import { constants } from 'node:os';
import type { RunningServer, ServerExit } from '@parley/servers';
import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { eventually } from './eventually.ts';

const STOP_MS = 5_000;
const START_MS = 60_000;

/** One server as a container: what runs, where it listens, and how to know that it answers. */
export interface ContainerPlan {
  image: string;
  /** Arguments of the image's entry point. */
  command: string[];
  scheme: 'nats' | 'redis';
  /** Where the server listens inside the container. */
  port: number;
  /** Host ports by container port; one that is not in it is published on a free port. */
  hostPorts: Record<number, number>;
  /** Text files put into the container before it starts. */
  files: { target: string; content: string }[];
  /** What the server logs when it is ready. */
  readyLog: RegExp;
  probe: (url: string) => Promise<{ version: string }>;
}

/** Whether `PARLEY_TEST_SERVERS` asks for containers; throws on any value but `containers`. */
export function containersAsked(): boolean {
  const asked = process.env['PARLEY_TEST_SERVERS'];
  if (asked === undefined || asked === '') return false;
  if (asked === 'containers') return true;
  throw new Error(`PARLEY_TEST_SERVERS is '${asked}'; it can only be 'containers' or not set`);
}

/** Throws when one of `names` is set: these options are about programs and files of this machine, which a container does not have. */
export function refuseLocalOptions(options: object, names: readonly string[]): void {
  const local = names.filter((name) => name in options);
  if (local.length === 0) return;
  throw new Error(`${local.join(', ')} cannot be given to a server in a container; unset PARLEY_TEST_SERVERS`);
}

/** The exit as `RunningServer` tells it: Docker reports a process that died of a signal as 128 plus the signal's number. */
export function exitOf(statusCode: number, sent: NodeJS.Signals | undefined): ServerExit {
  if (sent !== undefined && statusCode === 128 + constants.signals[sent]) return { code: null, signal: sent };
  return { code: statusCode, signal: null };
}

/** Why no container of these images can be started here; `undefined` when one can. Pulls the images that are missing. */
export async function containersProblem(images: string[]): Promise<string | undefined> {
  const { getReaper, ImageName } = await import('testcontainers');
  let client: ContainerRuntimeClient;
  try {
    client = await connectDocker();
  } catch (error) {
    return messageOf(error);
  }
  for (const image of images) {
    try {
      await client.image.pull(ImageName.fromString(image));
      if (!(await client.image.exists(ImageName.fromString(image)))) throw new Error('the pull brought nothing');
    } catch (error) {
      return `the image ${image} is not available: ${messageOf(error)}`;
    }
  }
  try {
    await getReaper(client);
  } catch (error) {
    return `the container that removes left-over containers cannot be started: ${messageOf(error)}`;
  }
  return undefined;
}

/**
 * Starts a container and resolves when its server answers. Signals reach the server through Docker; `stop()` removes the container
 * with its data. `pid` throws: the process belongs to Docker.
 */
export async function startContainer(plan: ContainerPlan): Promise<RunningServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const client = await connectDocker();
  const ports = [...new Set([plan.port, ...Object.keys(plan.hostPorts).map(Number)])];
  const started = await new GenericContainer(plan.image)
    .withCommand(plan.command)
    .withExposedPorts(...ports.map((container) => publish(container, plan.hostPorts[container])))
    .withCopyContentToContainer(plan.files)
    .withWaitStrategy(Wait.forLogMessage(plan.readyLog))
    .withStartupTimeout(START_MS)
    .start();
  const port = started.getMappedPort(plan.port);
  const url = `${plan.scheme}://${started.getHost()}:${port}`;
  try {
    const { version } = await eventually(async () => await plan.probe(url), { timeoutMs: START_MS });
    return runningContainer(client, started, { url, port, version, source: `container of ${plan.image}` });
  } catch (error) {
    await started.stop();
    throw error;
  }
}

function runningContainer(
  client: ContainerRuntimeClient,
  started: StartedTestContainer,
  about: Pick<RunningServer, 'url' | 'port' | 'version' | 'source'>,
): RunningServer {
  const container = client.container.getById(started.getId());
  let sent: NodeJS.Signals | undefined;
  const exited = container.wait().then(
    (end: { StatusCode: number }) => exitOf(end.StatusCode, sent),
    () => ({ code: null, signal: null }),
  );
  const stop = async () => {
    await started.stop({ timeout: STOP_MS });
    await exited;
  };
  return {
    ...about,
    get pid(): number {
      throw new Error(`the server at ${about.url} runs in a container and has no process id here; use kill()`);
    },
    exited,
    stop,
    kill: (signal) => {
      sent = signal;
      // What is already gone cannot be killed, as with a process.
      container.kill({ signal }).catch(() => {});
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function connectDocker(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    return await getContainerRuntimeClient();
  } catch (error) {
    throw new Error(`docker is not reachable: ${messageOf(error)}`, { cause: error });
  }
}

function publish(container: number, host: number | undefined): number | { container: number; host: number } {
  return host === undefined ? container : { container, host };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { ConfigError, type ConfigProblem, problemLine } from './config-error.ts';
import { type ConfigReader, defineConfig, type Environment } from './config.ts';
import { env, type Variable } from './env.ts';
import { createHealth, type Health } from './health.ts';
import { type HealthServer, startHealthServer } from './health-server.ts';
import { instanceId } from './instance.ts';
import { createLogger, LOG_LEVELS, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { flushTelemetry } from './telemetry-sdk.ts';

/** What a started service gives back. */
export interface RunningService extends AsyncDisposable {
  /** Settles when the service can do no more (its connection is gone for good): the process then ends with code 1. */
  readonly closed: Promise<void>;
  /** Takes no new work and finishes what is in hand; called before disposal, only on an orderly stop. */
  drain?(): Promise<void>;
}

/** What every service gets from the process it runs in. */
export interface ServiceContext {
  readonly name: string;
  readonly instance: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
}

/** `shutdown` aborts when stopping begins: take nothing new; finishing work in hand is the part of `drain`. */
export type StartService = (shutdown: AbortSignal, context: ServiceContext) => Promise<RunningService>;

export interface RunOptions {
  /** The service's own reader: its faults are then reported together with the runtime's, and likely typos are logged. */
  readonly readConfig?: ConfigReader;
}

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
/** `EX_CONFIG` of sysexits.h: starting again without a change is pointless. */
export const EXIT_CONFIG = 78;

/** Signals closer together than this are one: a terminal signals the whole group, and a parent passes it on. */
const SAME_SIGNAL_MS = 500;

const portOrOff: Variable<number | 'off'> = {
  ...env.int('PARLEY_HTTP_PORT', { default: 0 }),
  parse: (text) =>
    text === 'off' ? { value: 'off' } : env.int('PARLEY_HTTP_PORT', { min: 0, max: 65_535 }).parse(text),
};

const readRuntimeConfig = defineConfig({
  httpPort: portOrOff,
  logLevel: env.oneOf('PARLEY_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
  shutdownMs: env.int('PARLEY_SHUTDOWN_MS', { min: 0, max: 3_600_000, default: 25_000 }),
});

type Ending = { readonly because: string; readonly orderly: boolean; readonly error?: unknown };

/**
 * Runs a service for the life of the process and ends the process:
 *
 * - SIGTERM or SIGINT: readiness off, `shutdown` aborts, `drain`, dispose, flush telemetry, exit 0. Past
 *   `PARLEY_SHUTDOWN_MS`, or at a second signal, exit 1 at once.
 * - `closed` settles, or an unhandled rejection or exception: the same without `drain`, exit 1.
 * - `start` throws a `ConfigError`: one line per wrong variable on stderr, exit 78; any other error: exit 1.
 */
export async function runService(name: string, start: StartService, options: RunOptions = {}): Promise<void> {
  process.exit(await live(name, start, options));
}

async function live(name: string, start: StartService, { readConfig }: RunOptions): Promise<number> {
  const runtime = readTogether(process.env, readConfig);
  if ('problems' in runtime) return reportProblems(runtime.problems);
  const { httpPort, logLevel, shutdownMs } = runtime;
  const log = createLogger({ service: name, instance: instanceId, level: logLevel });
  logWarnings(log, readConfig);

  let http: HealthServer | undefined;
  let wasReady = false;
  const health = createHealth(({ ready, reasons }) => {
    if (ready && !wasReady) log.info({ event: 'service.ready', http: http?.port ?? null });
    else log.info({ event: 'service.readiness', ready, reasons });
    wasReady ||= ready;
  });
  const metrics = createMetrics({ service: name });

  const ending = Promise.withResolvers<Ending>();
  const deadline = Promise.withResolvers<void>();
  watchProcess(log, ending.resolve, deadline.resolve);
  // Neither a signal handler nor a promise keeps Node running, and a service may hold nothing open while it starts.
  setInterval(() => {}, 1 << 30);

  try {
    if (httpPort !== 'off') http = await startHealthServer(httpPort, health, metrics);
  } catch (error) {
    return reportProblems([portProblem(httpPort, error)]);
  }

  const shutdown = new AbortController();
  let running: RunningService | undefined;
  let failure: unknown;
  const context: ServiceContext = { name, instance: instanceId, log, metrics, health };
  const starting = (async () => start(shutdown.signal, context))().then(
    (service) => {
      running = service;
      service.closed.then(
        () => ending.resolve({ because: 'closed', orderly: false }),
        (error: unknown) => ending.resolve({ because: 'closed', orderly: false, error }),
      );
      health.setPhase(shutdown.signal.aborted ? 'stopping' : 'running');
    },
    (error: unknown) => {
      failure = error;
      if (shutdown.signal.aborted) log.info({ event: 'service.start_interrupted', err: error });
      ending.resolve({ because: 'start failed', orderly: false, error });
    },
  );

  const { because, orderly, error } = await ending.promise;
  if (failure instanceof ConfigError) return reportProblems(failure.problems);
  if (error === undefined) log.info({ event: 'service.stopping', because });
  else log.fatal({ event: 'service.failed', because, err: error });
  const timer = setTimeout(() => {
    log.error({ event: 'service.shutdown_timeout', shutdownMs });
    deadline.resolve();
  }, shutdownMs);

  health.setPhase('stopping');
  shutdown.abort(new Error(`service is stopping: ${because}`));
  const clean = await Promise.race([
    wind(async (step) => {
      await starting;
      if (orderly && failure === undefined) await step('drain', async () => running?.drain?.());
      await step('dispose', async () => running?.[Symbol.asyncDispose]());
      await step('telemetry', flushTelemetry);
      await step('http', async () => http?.[Symbol.asyncDispose]());
    }, log),
    deadline.promise.then(() => false),
  ]);
  clearTimeout(timer);
  const code = clean && orderly ? EXIT_OK : EXIT_FAILED;
  log.info({ event: 'service.stopped', code });
  log.flush();
  return code;
}

type Step = (name: string, run: () => Promise<unknown> | undefined) => Promise<void>;

/** Runs the steps of a stop; a failing one is logged and does not keep the next from running. True when none failed. */
async function wind(steps: (step: Step) => Promise<void>, log: Logger): Promise<boolean> {
  let clean = true;
  await steps(async (name, run) => {
    try {
      await run();
    } catch (err) {
      clean = false;
      log.error({ event: 'service.stop_failed', step: name, err });
    }
  });
  return clean;
}

function watchProcess(log: Logger, end: (ending: Ending) => void, force: () => void): void {
  let firstAt: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        end({ because: signal, orderly: true });
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
        log.error({ event: 'service.forced', signal });
        force();
      }
    });
  }
  const crashed = (because: string) => (error: unknown) => {
    // Also when the service is stopping for another reason: a bug is never silent.
    log.fatal({ event: 'service.crash', because, err: error });
    end({ because, orderly: false });
  };
  process.on('unhandledRejection', crashed('unhandled rejection'));
  process.on('uncaughtException', crashed('uncaught exception'));
}

type Runtime = ReturnType<typeof readRuntimeConfig>;

function readTogether(
  environment: Environment,
  readConfig: ConfigReader | undefined,
): Runtime | { problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const runtime = collect(() => readRuntimeConfig(environment));
  collect(() => readConfig?.(environment));
  return runtime === undefined || problems.length > 0 ? { problems } : runtime;
}

function reportProblems(problems: readonly ConfigProblem[]): number {
  for (const problem of problems) process.stderr.write(`${problemLine(problem)}\n`);
  return EXIT_CONFIG;
}

function portProblem(port: number | 'off', error: unknown): ConfigProblem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message =
    code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'the port needs privileges' : String(error);
  return {
    variable: 'PARLEY_HTTP_PORT',
    value: String(port),
    message,
    fix: 'set another port, 0 for a free one, or off',
  };
}

function logWarnings(log: Logger, readConfig: ConfigReader | undefined): void {
  for (const { variable, nearest } of readConfig?.warnings(process.env) ?? []) {
    if (nearest === undefined) log.debug({ event: 'config.unknown_variable', variable });
    else log.warn({ event: 'config.unknown_variable', variable, nearest }, `${variable} is not read; ${nearest} is`);
  }
}

import { readFile } from 'node:fs/promises';
import { ConfigError, type RunningService, type ServiceContext } from '@parley/service';
import { z } from 'zod';
import type { readConfig } from './config.ts';
import { FaultPlan } from './faults.ts';
import { Scenario } from './scenario.ts';
import { startModelSim } from './server.ts';

/** Starts the server as a process of its own. Throws `ConfigError` for a scenario or fault plan that cannot be read. */
export async function startService(
  config: ReturnType<typeof readConfig>,
  { log }: ServiceContext,
): Promise<RunningService> {
  const { host, port } = config;
  const scenario = await load('PARLEY_MODEL_SCENARIO', config.scenario, Scenario);
  const faults = await load('PARLEY_MODEL_FAULTS', config.faults, FaultPlan);
  const sim = await startModelSim({
    host,
    port,
    ...(scenario === undefined ? {} : { scenario }),
    ...(faults === undefined ? {} : { faults }),
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE' && cause.code !== 'EACCES') throw cause;
    throw new ConfigError([
      {
        variable: 'PARLEY_PORT',
        value: String(port),
        message: `cannot listen on ${host}: ${cause.code}`,
        fix: 'set a free port, or 0 for any',
      },
    ]);
  });
  log.info({ event: 'model.listening', url: sim.url });
  return { closed: new Promise(() => {}), [Symbol.asyncDispose]: () => sim.stop() };
}

async function load<T>(variable: string, value: string | undefined, schema: z.ZodType<T>): Promise<T | undefined> {
  if (value === undefined) return undefined;
  try {
    const inline = /^\s*[[{]/.test(value);
    return schema.parse(JSON.parse(inline ? value : await readFile(value, 'utf8')));
  } catch (cause) {
    const message =
      cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : (cause as Error).message;
    throw new ConfigError([{ variable, value, message, fix: 'see the README of model-sim for the format' }]);
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectBus } from '@parley/bus';
import { startNatsServer } from '@parley/servers';
import { eventually, type ServiceProcess, spawnService } from '@parley/testing';
import { QueryAgents, type WorkflowDefinition, WorkflowRegister } from '@parley/contracts';
import { cpuSeconds, peakMiB } from './process-stats.ts';

export const NAMESPACE = 'bench';
export const BIDDERS = ['noop-a', 'noop-b', 'noop-c'];

/** The services of a bench as real processes on a server of their own. */
export interface BenchStack extends AsyncDisposable {
  readonly url: string;
  readonly bus: Bus;
  /** CPU seconds so far, and peak memory in MiB, per process. */
  usage(): { cpu: Map<string, number>; peak: Map<string, number> };
  register(definition: WorkflowDefinition): Promise<void>;
}

const entry = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname;

export async function startBenchStack(options: { syncAlways: boolean }): Promise<BenchStack> {
  await using stack = new AsyncDisposableStack();
  const storeDir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  stack.defer(() => rmSync(storeDir, { recursive: true, force: true }));
  const nats = stack.use(await startNatsServer({ storeDir, syncAlways: options.syncAlways }));
  const bus = stack.use(await connectBus({ url: nats.url, name: 'bench', topology: 'ensure' }));
  const env = {
    PARLEY_NATS_URL: nats.url,
    PARLEY_LEASE_KEY: 'bench',
    PARLEY_HTTP_PORT: '0',
    PARLEY_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  };
  const processes = new Map<string, ServiceProcess>();
  const start = (name: string, file: string, more: Record<string, string> = {}): void => {
    processes.set(name, stack.use(spawnService(entry(file), { ...env, ...more })));
  };
  start('conductor', 'services/conductor/src/main.ts');
  start('router', 'services/router/src/main.ts');
  start('agents', 'test/bench/noop-agents.ts', { BENCH_AGENTS: BIDDERS.join(',') });

  const ask = async (): Promise<number> => {
    const answer = await bus.request(
      { subject: QueryAgents.toSubject({ ns: NAMESPACE }), payload: QueryAgents.encode({}) },
      { timeoutMs: 1_000 },
    );
    return (JSON.parse(new TextDecoder().decode(answer.payload)) as { agents: unknown[] }).agents.length;
  };
  await eventually(
    async () => {
      for (const [name, { output }] of processes)
        if (/"level":(50|60)/.test(output())) throw new Error(`${name}: ${output()}`);
      if ((await ask()) < BIDDERS.length) throw new Error('not all bidders have joined');
    },
    { timeoutMs: 30_000 },
  );

  const owned = stack.move();
  const pids = (): [string, number][] => [
    ['nats-server', nats.pid],
    ...[...processes].map(([name, { pid }]): [string, number] => [name, pid]),
  ];
  return {
    url: nats.url,
    bus,
    usage: () => ({
      cpu: new Map(pids().map(([name, pid]) => [name, cpuSeconds(pid)])),
      peak: new Map(pids().map(([name, pid]) => [name, peakMiB(pid)])),
    }),
    async register(definition) {
      const subject = WorkflowRegister.toSubject({ ns: NAMESPACE, workflow: definition.name });
      await eventually(
        () => bus.request({ subject, payload: WorkflowRegister.encode(definition) }, { timeoutMs: 2_000 }),
        { timeoutMs: 20_000 },
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

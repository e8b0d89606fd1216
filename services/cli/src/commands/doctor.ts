import { type Bus, connectBus } from '@parley/bus';
import { QueryAgents, QueryLedger, QueryRuns, type StreamName, STREAMS } from '@parley/contracts';
import { NATS, probeNatsUrl, probeRedisUrl } from '@parley/servers';
import type { Command } from 'commander';
import { ask } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { withoutCredentials } from '../output/without-credentials.ts';
import { createCommand, setExit, withTarget } from '../program.ts';
import { borrowedNats } from '../stack/servers.ts';
import { findTarget, type Target, type TargetFlags } from '../target.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Checks everything that a run needs, from the bottom up; exits 69 when something is missing. */
export function doctorCommand(terminal: Terminal): Command {
  return withTarget(createCommand('doctor'))
    .description('check Node, NATS, Redis, streams, services and agents')
    .action(async (flags: TargetFlags & { json?: true }, command: Command) => {
      const target = findTarget(flags, process.env, process.cwd());
      const checks = await examine(target);
      const ok = checks.every((check) => check.ok);
      if (flags.json)
        terminal.out(
          JSON.stringify({ ok, natsUrl: withoutCredentials(target.natsUrl), namespace: target.namespace, checks }),
        );
      else {
        const mark = (check: Check): string => (check.ok ? 'ok' : 'FAIL');
        terminal.out(table(checks.map((check) => [mark(check), check.name, check.detail])));
      }
      if (!ok) setExit(command, EXIT.unavailable);
    });
}

async function examine(target: Target): Promise<Check[]> {
  const { natsUrl, source, namespace, stack } = target;
  const redisUrl = process.env['PARLEY_REDIS_URL'] || stack?.redisUrl || 'redis://127.0.0.1:6379';
  const node: Check = { name: 'node', ok: true, detail: process.version };
  const [nats, redis] = await Promise.all([
    check('nats-server', async () => {
      await borrowedNats(natsUrl, source);
      return `${(await probeNatsUrl(natsUrl)).version} on ${natsUrl} (at least ${NATS.minVersion})`;
    }),
    check('redis-server', async () => `${(await probeRedisUrl(redisUrl)).version} on ${redisUrl}`),
  ]);
  if (!nats.ok) return [node, nats, redis];
  const opened: { bus?: Bus } = {};
  const streams = await check('streams', async () => {
    opened.bus = await connectBus({ url: natsUrl, name: 'parley-cli', topology: 'check' });
    return `${Object.keys(STREAMS).length} as declared`;
  });
  if (opened.bus === undefined) return [node, nats, redis, streams];
  await using bus = opened.bus;
  const params = { ns: namespace };
  const rest = await Promise.all([
    check('conductor', async () => {
      const { runs } = await ask(bus, QueryRuns, params, { limit: 1_000 });
      return `${runs.length} runs, ${runs.filter(({ status }) => status === 'running').length} of them running`;
    }),
    check('router', async () => `${(await ask(bus, QueryAgents, params, {})).agents.length} agents registered`),
    check('guardian', async () => {
      const { spent } = await ask(bus, QueryLedger, params, {});
      return `$${(spent.microUsd / 1e6).toFixed(4)} spent in namespace ${namespace}`;
    }),
    check('agents', async () => {
      const { agents } = await ask(bus, QueryAgents, params, {});
      const dead = agents.filter(({ instances }) => instances.length === 0).map(({ card }) => card.agent);
      if (agents.length === 0) throw new Error('none has joined');
      if (dead.length > 0) throw new Error(`no live instance of ${dead.join(', ')}`);
      return agents.map(({ card }) => card.agent).join(', ');
    }),
    check('dead letters', async () => `${await messagesIn(bus, 'DEADLETTER')} kept`),
  ]);
  return [node, nats, redis, streams, ...rest];
}

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: withoutCredentials(await work()) };
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    return { name, ok: false, detail: withoutCredentials(reason) };
  }
}

const messagesIn = async (bus: Bus, stream: StreamName): Promise<number> => (await bus.streamInfo(stream)).messages;

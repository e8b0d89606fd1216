import { resolve } from 'node:path';
import type { Command } from 'commander';
import { abortOnSignals } from '../interrupt.ts';
import { processTable, stackSummary } from '../output/process-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, jsonOption, port } from '../program.ts';
import { chooseDocs } from '../stack/docs.ts';
import { layoutOf } from '../stack/layout.ts';
import { AGENTS, RUNNER, SPECIALISTS } from '../stack/services.ts';
import { startStack } from '../stack/stack.ts';
import { requireToken } from '../target.ts';

interface Flags {
  readonly docs?: string;
  readonly natsUrl?: string;
  readonly redisUrl?: string;
  readonly natsPort?: number;
  readonly redisPort?: number;
  readonly namespace?: string;
  readonly data?: string;
  readonly restart: boolean;
  readonly runner?: true;
  readonly json?: true;
}

const USUAL_NATS_PORT = 4_222;
const USUAL_REDIS_PORT = 6_379;
const USUAL_MODEL_PORT = 4_010;

/** Runs the whole stack until Ctrl-C. */
export function devCommand(terminal: Terminal): Command {
  const { out, note, style } = terminal;
  return createCommand('dev')
    .description('start servers, services and agents, and keep them running until Ctrl-C')
    .option('--docs <folder>', 'what the agents answer from (default: the documentation of this project)')
    .option('--nats-url <url>', 'use this NATS server (default: PARLEY_NATS_URL, else start one)')
    .option('--redis-url <url>', 'use this Redis server (default: PARLEY_REDIS_URL, else start one)')
    .option('--nats-port <port>', `port of the NATS server to start (default: ${USUAL_NATS_PORT}, or a free one)`, port)
    .option(
      '--redis-port <port>',
      `port of the Redis server to start (default: ${USUAL_REDIS_PORT}, or a free one)`,
      port,
    )
    .option('--namespace <name>', 'tenant (default: PARLEY_NAMESPACE, else default)')
    .option('--data <folder>', 'where data and logs are kept (default: PARLEY_DATA, else .parley)')
    .option('--no-restart', 'leave a process that ended by itself down')
    .option(
      '--runner',
      'also start the runner: commands such as node --test on files that agents write, with your rights',
    )
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      const { env } = process;
      const namespace = requireToken('--namespace', flags.namespace ?? (env['PARLEY_NAMESPACE'] || 'default'));
      const layout = layoutOf(resolve(flags.data ?? (env['PARLEY_DATA'] || '.parley')));
      const startedAt = performance.now();
      const docs = await chooseDocs(flags.docs, layout.data, note);
      const signal = abortOnSignals(() => note('stopping …'));
      await using stack = await startStack({
        layout,
        docs: docs.folder,
        namespace,
        agents: [...AGENTS, SPECIALISTS, ...(flags.runner === true ? [RUNNER] : [])],
        nats: {
          url: flags.natsUrl ?? (flags.natsPort === undefined ? env['PARLEY_NATS_URL'] || undefined : undefined),
          urlField: flags.natsUrl === undefined ? 'PARLEY_NATS_URL' : '--nats-url',
          port: flags.natsPort,
          portField: '--nats-port',
          usualPort: USUAL_NATS_PORT,
        },
        redis: {
          url: flags.redisUrl ?? (flags.redisPort === undefined ? env['PARLEY_REDIS_URL'] || undefined : undefined),
          urlField: flags.redisUrl === undefined ? 'PARLEY_REDIS_URL' : '--redis-url',
          port: flags.redisPort,
          portField: '--redis-port',
          usualPort: USUAL_REDIS_PORT,
        },
        usualModelPort: USUAL_MODEL_PORT,
        restart: flags.restart,
        env,
        signal,
        onProgress: note,
        onChange: ({ name, status, because }) => {
          if (signal.aborted || because === undefined) return;
          note(style('yellow', `${name} ${because}: ${status === 'down' ? 'it stays down' : 'it is started again'}`));
        },
      });
      const readyMs = Math.round(performance.now() - startedAt);
      const state = stack.state();
      if (flags.json) out(JSON.stringify({ ready: true, readyMs, ...state, workflows: stack.workflows }));
      else {
        out(processTable(state));
        out('');
        out(stackSummary(state, stack.workflows, readyMs));
      }
      await new Promise<void>((done) => {
        if (signal.aborted) done();
        signal.addEventListener('abort', () => done(), { once: true });
      });
    });
}

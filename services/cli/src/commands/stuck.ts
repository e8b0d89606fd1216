import type { Bus } from '@parley/bus';
import { BusError } from '@parley/bus';
import { QueryAgents, QueryStuck, type StuckRun } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../ask.ts';
import { durationText, stuckText } from '../output/stuck-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, wholeNumber, withTarget } from '../program.ts';
import type { TargetFlags } from '../target.ts';
import { duration } from './schedule/time.ts';
import { withBus } from './with-bus.ts';

interface Flags extends TargetFlags {
  readonly older: number;
  readonly limit: number;
  readonly json?: true;
}

const MINUTE = 60_000;

export function stuckCommand({ out, note }: Terminal): Command {
  return withTarget(createCommand('stuck'))
    .description('open runs to which nothing has happened for a while: what each waits for, and what waits in a circle')
    .option('--older <duration>', 'silent for at least so long', duration, MINUTE)
    .option('--limit <n>', 'at most this many runs, 1 to 200', wholeNumber, 50)
    .action(async (flags: Flags) => {
      const { older: olderMs, limit } = flags;
      const found = await withBus(flags, async (bus, { namespace: ns }) => {
        const { runs, more } = await ask(bus, QueryStuck, { ns }, { olderMs, limit }, { timeoutMs: 20_000 });
        return { runs, more, able: runs.length === 0 ? undefined : await ableAgents(bus, ns), now: bus.now() };
      });
      const { runs, more, able, now } = found;
      if (flags.json) return out(JSON.stringify({ runs, more, unable: unableOf(runs, able) }));
      if (runs.length === 0) out(`nothing is stuck: no open run is silent for ${durationText(olderMs)}`);
      else out(runs.map((run) => stuckText(run, unableOf([run], able), now)).join('\n\n'));
      if (more) note('there may be more; see --limit');
    });
}

/** Capabilities that an agent which is alive has; undefined when there is nobody to ask. */
async function ableAgents(bus: Bus, ns: string): Promise<Set<string> | undefined> {
  try {
    const { agents } = await ask(bus, QueryAgents, { ns }, {});
    const alive = agents.filter(({ instances }) => instances.length > 0);
    return new Set(alive.flatMap(({ card }) => card.capabilities.map(({ name }) => name)));
  } catch (error) {
    if (error instanceof BusError && (error.code === 'no_responders' || error.code === 'timeout')) return undefined;
    throw error;
  }
}

/** Capabilities that runs wait for and nobody alive has. */
function unableOf(runs: readonly StuckRun[], able: ReadonlySet<string> | undefined): string[] {
  if (able === undefined) return [];
  const wanted = runs.flatMap(({ waits }) =>
    waits.flatMap(({ for: what, capability }) => (what === 'agent' && capability !== undefined ? [capability] : [])),
  );
  return [...new Set(wanted)].filter((capability) => !able.has(capability));
}

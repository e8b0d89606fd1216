import { AgentDelete, QueryAgents } from '@parley/contracts';
import type { Command } from 'commander';
import { ask } from '../ask.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { createCommand, withTarget } from '../program.ts';
import { requireToken, type TargetFlags } from '../target.ts';
import { withBus } from './with-bus.ts';

export function agentsCommand(terminal: Terminal): Command {
  const { out } = terminal;
  return withTarget(createCommand('agents'))
    .description('list the agents, what they can do and what they have in hand')
    .action(async (flags: TargetFlags & { json?: true }) => {
      const { agents } = await withBus(flags, (bus, { namespace }) => ask(bus, QueryAgents, { ns: namespace }, {}));
      if (flags.json) return out(JSON.stringify({ agents }));
      const rows = agents.map(({ card, instances }) => [
        card.agent,
        card.version,
        card.capabilities.map(({ name }) => name).join(', '),
        instances.length === 0 ? 'none alive' : String(instances.length),
        `${instances.reduce((sum, { inHand }) => sum + inHand, 0)}/${instances.reduce((sum, { slots }) => sum + slots, 0)}`,
      ]);
      out(
        rows.length === 0
          ? 'no agents yet'
          : table([['AGENT', 'VERSION', 'CAPABILITIES', 'INSTANCES', 'IN HAND'], ...rows]),
      );
    })
    .addCommand(deleteCommand(terminal));
}

function deleteCommand({ out }: Terminal): Command {
  return withTarget(createCommand('delete'))
    .description('forget an agent of which no instance is left: its card and its work queue')
    .argument('<agent>', 'name of the agent')
    .action(async (agent: string, _flags: TargetFlags, command: Command) => {
      requireToken('agent', agent);
      const flags: TargetFlags & { json?: true } = command.optsWithGlobals();
      const { deleted } = await withBus(flags, (bus, { namespace }) =>
        ask(bus, AgentDelete, { ns: namespace, agent }, {}),
      );
      out(flags.json ? JSON.stringify({ deleted }) : deleted ? `${agent} is deleted` : `there was no agent ${agent}`);
    });
}

import type { Agent } from '@parley/agent';
import { ConfigError } from '@parley/service';

/** The agents that `PARLEY_AGENTS` names, all when it names none. Throws `ConfigError` for a name that is none of them. */
export function chosenAgents(all: readonly Agent[], names: readonly string[] | undefined): readonly Agent[] {
  if (names === undefined) return all;
  const known = new Map(all.map((agent) => [agent.name, agent]));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new ConfigError([
      {
        variable: 'PARLEY_AGENTS',
        value: unknown,
        message: 'is none of the agents of this process',
        fix: `choose from ${[...known.keys()].join(', ')}`,
      },
    ]);
  }
  return names.flatMap((name) => known.get(name) ?? []);
}

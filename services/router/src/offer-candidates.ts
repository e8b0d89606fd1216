import type { OfferRefusal } from '@parley/contracts';
import type { OfferedTask } from './open-task.ts';
import type { Registry } from './registry.ts';

/**
 * Who is asked, in this order: those known to be alive, the least loaded first; then the others, since an agent may be there that a router which has just
 * started has not heard of. Whoever is not there costs nothing: the server says so at once. `absent` is the reason when there is nobody to ask.
 */
export function candidatesFor(
  registry: Pick<Registry, 'capable' | 'isLive' | 'loadOf'>,
  { ns, scheduled: { capability, agents, offer } }: OfferedTask,
): { candidates: string[]; absent: OfferRefusal } {
  const { from, to, avoid = [] } = offer;
  const able = registry.capable(ns, capability).filter((agent) => agents === undefined || agents.includes(agent));
  if (to !== undefined) {
    const reason = `no agent ${to} that can ${capability} is registered`;
    return { candidates: able.filter((agent) => agent === to), absent: { to, reason } };
  }
  const candidates = able
    .filter((agent) => agent !== from && !avoid.includes(agent))
    .map((agent) => ({ agent, away: registry.isLive(ns, agent) ? 0 : 1, load: registry.loadOf(ns, agent) }))
    .sort((a, b) => a.away - b.away || a.load - b.load || (a.agent < b.agent ? -1 : 1))
    .map(({ agent }) => agent);
  const others = avoid.length === 0 ? '' : `, or of ${avoid.join(', ')}, who held it before`;
  const reason = `no agent that can ${capability} is registered, short of ${from} itself${others}`;
  return { candidates, absent: { to: capability, reason } };
}

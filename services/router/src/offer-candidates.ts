import type { OfferRefusal } from '@parley/contracts';
import type { OfferedTask } from './open-task.ts';
import type { Registry } from './registry.ts';

/** Who is asked, the least loaded first; and why there may be nobody. */
export function candidatesFor(
  registry: Pick<Registry, 'capable' | 'isLive' | 'loadOf'>,
  { ns, scheduled: { capability, agents, offer } }: OfferedTask,
): { candidates: string[]; absent: OfferRefusal } {
  const { from, to, avoid = [] } = offer;
  const able = registry.capable(ns, capability).filter((agent) => agents === undefined || agents.includes(agent));
  if (to !== undefined) {
    const isAble = able.includes(to);
    const reason = isAble ? `no instance of ${to} is alive` : `no agent ${to} that can ${capability} is registered`;
    return { candidates: isAble && registry.isLive(ns, to) ? [to] : [], absent: { to, reason } };
  }
  const candidates = able
    .filter((agent) => agent !== from && !avoid.includes(agent) && registry.isLive(ns, agent))
    .map((agent) => ({ agent, load: registry.loadOf(ns, agent) }))
    .sort((a, b) => a.load - b.load || (a.agent < b.agent ? -1 : 1))
    .map(({ agent }) => agent);
  const others = avoid.length === 0 ? '' : `, or of ${avoid.join(', ')}, who held it before`;
  const reason = `no agent that can ${capability} is alive, short of ${from} itself${others}`;
  return { candidates, absent: { to: capability, reason } };
}

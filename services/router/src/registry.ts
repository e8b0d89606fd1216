import {
  AgentBeat,
  AgentCard,
  AgentDelete,
  AgentHello,
  type AgentPresence,
  Award,
  canonicalJson,
  ContractError,
  decodeJson,
  encodeJson,
  parseWith,
} from '@parley/contracts';
import type { Bus } from '@parley/bus';
import type { RouterEvents } from './events.ts';

interface Instance {
  readonly slots: number;
  readonly inHand: number;
}

interface Agent {
  card: AgentCard | undefined;
  readonly instances: Map<string, Instance>;
}

/** Which agents exist, what they can do, and who is alive. The routers are the sole writers of both buckets. */
export interface Registry extends AsyncDisposable {
  /** Names of the agents that hold a capability, sorted; alive or not. */
  capable(ns: string, capability: string): readonly string[];
  isLive(ns: string, agent: string): boolean;
  /** Tasks in hand per slot, over all instances, as they said it last. */
  loadOf(ns: string, agent: string): number;
  list(ns: string): AgentPresence[];
}

/** A beat keeps an instance present for this many beat intervals. */
const BEATS_TO_LIVE = 3;

const encoder = new TextEncoder();

/** Name of the durable consumer of an agent; the length keeps `a_b`/`c` and `a`/`b_c` apart. */
export const workConsumer = (ns: string, agent: string): string => `work${ns.length}_${ns}_${agent}`;

export async function openRegistry(
  bus: Bus,
  options: { beatMs: number; workAckWaitMs: number; events: RouterEvents },
): Promise<Registry> {
  await using stack = new AsyncDisposableStack();
  const agents = new Map<string, Agent>();
  const capable = new Map<string, string[]>();
  const cards = bus.bucket('agents');
  const presence = bus.bucket('presence');
  const ttlMs = options.beatMs * BEATS_TO_LIVE;

  function agentOf(ns: string, name: string): Agent {
    const key = `${ns}.${name}`;
    let agent = agents.get(key);
    if (agent === undefined) {
      agent = { card: undefined, instances: new Map() };
      agents.set(key, agent);
    }
    return agent;
  }

  function index(): void {
    capable.clear();
    for (const [key, { card }] of agents) {
      const ns = key.slice(0, key.indexOf('.'));
      for (const { name } of card?.capabilities ?? []) {
        const id = `${ns}.${name}`;
        capable.set(id, [...(capable.get(id) ?? []), card?.agent ?? ''].sort());
      }
    }
  }

  const loaded = Promise.withResolvers<void>();
  const present = Promise.withResolvers<void>();
  stack.use(
    await cards.watch(
      '>',
      (entry) => {
        const [ns = '', name = ''] = entry.key.split('.');
        agentOf(ns, name).card = entry.deleted
          ? undefined
          : parseWith(AgentCard, decodeJson(entry.value), 'agent card');
        index();
      },
      loaded.resolve,
    ),
  );
  stack.use(
    await presence.watch(
      '>',
      (entry) => {
        const [ns = '', name = '', instance = ''] = entry.key.split('.');
        const { instances } = agentOf(ns, name);
        if (entry.deleted) {
          instances.delete(instance);
          options.events.left(name, instance);
        } else {
          if (!instances.has(instance)) options.events.joined(name, instance);
          instances.set(instance, decodeJson(entry.value) as Instance);
        }
      },
      present.resolve,
    ),
  );
  await Promise.all([loaded.promise, present.promise]);

  async function take({ ns, agent }: { ns: string; agent: string }, payload: Uint8Array): Promise<void> {
    const { instance, slots, inHand, leaving } = AgentBeat.decode(payload);
    if (leaving) await presence.delete(`${ns}.${agent}.${instance}`);
    else await beat(ns, agent, instance, { slots, inHand });
  }

  const beat = (ns: string, agent: string, instance: string, load: Instance): Promise<number> =>
    presence.put(`${ns}.${agent}.${instance}`, encoder.encode(JSON.stringify(load)), { ttlMs });

  stack.use(
    await bus.serve(
      AgentHello.filter(),
      async (message) => {
        const { ns, agent } = AgentHello.parseSubject(message.subject) ?? { ns: '', agent: '' };
        const { card, instance, slots } = AgentHello.decode(message.payload);
        const consumer = workConsumer(ns, agent);
        await bus.ensureConsumer({
          stream: 'WORK',
          durable: consumer,
          filter: Award.filter({ ns, agent }),
          ackWaitMs: options.workAckWaitMs,
          maxDeliver: 20,
          maxAckPending: 10_000,
        });
        const known = agentOf(ns, agent);
        if (known.card === undefined || canonicalJson(known.card) !== canonicalJson(card)) {
          await cards.put(`${ns}.${agent}`, encodeJson({ ...card, agent }));
          known.card = { ...card, agent };
          index();
        }
        await beat(ns, agent, instance, { slots, inHand: 0 });
        known.instances.set(instance, { slots, inHand: 0 });
        return encodeJson({ consumer, beatMs: options.beatMs });
      },
      { queue: 'router' },
    ),
  );
  stack.use(
    await bus.serve(
      AgentDelete.filter(),
      async (message) => {
        const { ns, agent } = AgentDelete.parseSubject(message.subject) ?? { ns: '', agent: '' };
        const known = agents.get(`${ns}.${agent}`);
        const alive = known?.instances.size ?? 0;
        if (alive > 0) {
          throw new ContractError('state_conflict', `agent ${agent} has ${alive} instances; stop them first`, {
            field: 'agent',
          });
        }
        const deleted = await bus.deleteConsumer('WORK', workConsumer(ns, agent));
        await cards.delete(`${ns}.${agent}`);
        return encodeJson({ deleted: deleted || known?.card !== undefined });
      },
      { queue: 'router' },
    ),
  );
  stack.use(
    await bus.subscribe(
      AgentBeat.filter(),
      (messages) => {
        for (const message of messages) {
          const params = AgentBeat.parseSubject(message.subject);
          if (params === undefined) continue;
          take(params, message.payload).catch((error: unknown) => options.events.beatLost(params.agent, error));
        }
      },
      { queue: 'router' },
    ),
  );

  const owned = stack.move();
  return {
    capable: (ns, capability) => capable.get(`${ns}.${capability}`) ?? [],
    isLive: (ns, agent) => (agents.get(`${ns}.${agent}`)?.instances.size ?? 0) > 0,
    loadOf(ns, agent) {
      const instances = [...(agents.get(`${ns}.${agent}`)?.instances.values() ?? [])];
      const sum = (of: (instance: Instance) => number): number => instances.reduce((n, each) => n + of(each), 0);
      return (
        sum(({ inHand }) => inHand) /
        Math.max(
          1,
          sum(({ slots }) => slots),
        )
      );
    },
    list: (ns) =>
      [...agents]
        .filter(([key, { card }]) => card !== undefined && key.startsWith(`${ns}.`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { card, instances }]) => ({
          card: card as AgentCard,
          instances: [...instances].map(([instance, { slots, inHand }]) => ({ instance, slots, inHand })),
        })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

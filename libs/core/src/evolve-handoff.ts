import type { ClosedTask, EventOf, Giver, Handoffs, Leg } from './state.ts';

/** Newest holders of a task that are remembered, to find circles. */
export const HOLDERS_REMEMBERED = 8;

export const NOT_HANDED_OVER: Handoffs = { hops: 0, recent: [], strikes: 0, leg: {}, lenders: [] };

/** The newest holders once `agent` holds the task. */
export const recentWith = (recent: readonly string[], agent: string): readonly string[] =>
  recent.at(-1) === agent ? recent : [...recent, agent].slice(-HOLDERS_REMEMBERED);

/** An agent is known to hold the task: the offer that is out has been taken. A giver that transferred is forgotten, one that lent waits. */
export function confirmed(handoffs: Handoffs | undefined, agent: string): Handoffs | undefined {
  if (handoffs?.offer === undefined) return handoffs;
  const { offer, ...rest } = handoffs;
  const lenders = offer.isLent ? [...rest.lenders, offer.giver] : rest.lenders;
  return { ...rest, recent: recentWith(rest.recent, agent), lenders };
}

/** What closing an attempt means for the hand-offs of its task, and so for the journal and the holder that come next. */
export function handedOn(task: ClosedTask, event: EventOf<'AttemptClosed'>): ClosedTask {
  const agent = event.by?.agent;
  const handoffs = agent === undefined ? task.handoffs : confirmed(task.handoffs, agent);
  const lender = handoffs?.lenders.at(-1);
  if (event.outcome === 'handoff' && agent !== undefined) {
    return requested(task, handoffs ?? NOT_HANDED_OVER, event, agent);
  }
  if (event.outcome === 'refused' && handoffs?.offer !== undefined) {
    const { offer, ...rest } = handoffs;
    const leg = { ...offer.giver.leg, refused: event.refusals ?? [], answered: offer.giver.attempt };
    return backTo(task, offer.giver, { ...rest, leg });
  }
  if (event.outcome === 'result' && agent !== undefined && handoffs !== undefined && lender !== undefined) {
    const { refused: _, ...before } = lender.leg;
    const leg = { ...before, returned: { from: agent, output: event.output ?? null }, answered: lender.attempt };
    const { output: _own, ...rest } = task;
    const recent = recentWith(handoffs.recent, lender.agent);
    const lenders = handoffs.lenders.slice(0, -1);
    return { ...backTo(rest, lender, { ...handoffs, recent, lenders, leg }), goesBack: true };
  }
  return handoffs === undefined ? task : { ...task, handoffs };
}

function requested(
  { holder, ...task }: ClosedTask,
  before: Handoffs,
  { attempt, handoff: request, error }: EventOf<'AttemptClosed'>,
  agent: string,
): ClosedTask {
  if (request === undefined) throw new Error(`attempt ${attempt} is handed over without a request`);
  const { to, capability, input, brief, reason, priority, continuation } = request;
  const recent = recentWith(before.recent, agent);
  if (error !== undefined) {
    const refused = [{ to: to ?? capability ?? agent, reason: error.message.slice(0, 2_000) }];
    const leg: Leg = { ...before.leg, refused, answered: attempt };
    return { ...task, holder: holder ?? agent, handoffs: { ...before, recent, strikes: before.strikes + 1, leg } };
  }
  const hops = before.hops + 1;
  const leg: Leg = {
    ...ofDefined({ capability: capability ?? before.leg.capability, input: input ?? before.leg.input }),
    brief,
    handoff: { from: agent, reason, priority, hop: hops },
  };
  const giver: Giver = { agent, attempt, journal: task.journal, leg: before.leg };
  const offer = { giver, isLent: continuation === 'return', ...ofDefined({ to }) };
  return { ...task, handoffs: { ...before, hops, recent, strikes: 0, leg, offer } };
}

/** The next attempt continues the giver's own journal. */
const backTo = (task: ClosedTask, { agent, journal }: Giver, handoffs: Handoffs): ClosedTask => ({
  ...task,
  journal,
  continues: true,
  holder: agent,
  handoffs,
});

function ofDefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

import { type AgentCard, type CallForProposals, type HandoffOffer, type Json, Token } from '@parley/contracts';
import { z } from 'zod';
import type { AgentContext } from './context.ts';
import type { HandoffRequested } from './handoff.ts';
import type { AnyTool } from './define-tool.ts';

/** One thing an agent can do; `input` and `output` are checked on every task. */
export interface Capability<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly input: I;
  readonly output: O;
}

export type Capabilities = Readonly<Record<string, Capability>>;

/** A task as it is offered. `input` is there when it is small. */
export type OfferedTask = Readonly<z.infer<typeof CallForProposals.body>['tasks'][number]> & {
  readonly capability: string;
};

/** What an agent may base a bid on: this instance, now. */
export interface BidView {
  readonly slots: number;
  readonly inHand: number;
  /** `inHand / slots`, at most 1. */
  readonly load: number;
  /** Moving average of finished tasks of the capability, absent before the first. */
  readonly meanMs: number | undefined;
  /** Moving average of their model cost in micro-USD. */
  readonly meanMicroUsd: number | undefined;
  /** Tasks offered in this call; whoever bids on several may win them all. */
  readonly offered: number;
  /** Position of this task among them, from 0. */
  readonly place: number;
}

/** Cost in micro-USD, time in milliseconds, confidence between 0 and 1. */
export interface Proposed {
  readonly propose: { readonly cost: number; readonly etaMs: number; readonly confidence: number };
}

export interface Refused {
  readonly refuse: string;
}

/** Offers to do the task; what is left out is estimated as nothing, one second and 0.5. */
export const propose = (bid: { cost?: number; etaMs?: number; confidence?: number } = {}): Proposed => ({
  propose: { cost: bid.cost ?? 0, etaMs: bid.etaMs ?? 1_000, confidence: bid.confidence ?? 0.5 },
});

export const refuse = (reason: string): Refused => ({ refuse: reason });

/** Decides on one offered task. Pure: the same offer and view give the same bid. */
export type Bid = (task: OfferedTask, view: BidView) => Proposed | Refused;

/** A task that another agent wants to hand over to this one. `input` is there when it is small. */
export type OfferedHandoff = Readonly<z.infer<typeof HandoffOffer.body>>;

export interface Agreed {
  readonly agree: { readonly etaMs?: number };
}

/** Takes over an offered task. `etaMs`: the time expected from the award on; left out, the mean of the capability. */
export const agree = (promise: { etaMs?: number } = {}): Agreed => ({ agree: promise });

/** Decides on an offered handoff that fits the capability while a slot is free. Pure. */
export type OnOffer = (offer: OfferedHandoff, view: Omit<BidView, 'offered' | 'place'>) => Agreed | Refused;

/** Answers are data: frozen ones are as good. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** The first member keeps literal types in what `perform` returns, the second lets them be read-only. */
type OutputOf<C extends Capability> = C['output']['_zod']['input'] | Frozen<C['output']['_zod']['input']>;

type Performers<C extends Capabilities> = {
  readonly [K in keyof C]: (
    input: z.output<C[K]['input']>,
    context: AgentContext,
  ) => Promise<OutputOf<C[K]> | HandoffRequested> | OutputOf<C[K]> | HandoffRequested;
};

export interface AgentDefinition<C extends Capabilities> {
  /** A subject token: also the queue group and the name of the work queue. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly capabilities: C;
  readonly tools?: readonly AnyTool[];
  /** Model of calls that name none; left out, the one `startAgent` was given. */
  readonly model?: string;
  readonly bid?: Bid;
  /** Left out, every offer that fits is taken while a slot is free. */
  readonly onOffer?: OnOffer;
  readonly perform: Performers<C>;
}

/** A checked definition, ready for `startAgent` and `performOnce`. */
export interface Agent<C extends Capabilities = Capabilities> {
  readonly name: string;
  readonly capabilities: C;
  readonly tools: readonly AnyTool[];
  readonly model: string | undefined;
  readonly bid: Bid;
  readonly onOffer: OnOffer | undefined;
  readonly card: AgentCard;
  /** Runs a capability on a checked input; the answer is not checked yet. */
  perform(capability: string, input: unknown, context: AgentContext): unknown;
}

const bidByHistory: Bid = (_, view) =>
  propose({
    ...(view.meanMicroUsd === undefined ? {} : { cost: view.meanMicroUsd }),
    ...(view.meanMs === undefined ? {} : { etaMs: view.meanMs }),
  });

/** Declares an agent. Throws `TypeError` when a name is not a subject token. */
export function defineAgent<const C extends Capabilities>(definition: AgentDefinition<C>): Agent<C> {
  const { name, version, description, capabilities, tools = [], model, perform } = definition;
  for (const token of [name, ...Object.keys(capabilities)]) {
    if (!Token.safeParse(token).success)
      throw new TypeError(`agent ${name}: ${JSON.stringify(token)} is not a subject token`);
  }
  const performers = perform as Readonly<Record<string, (input: unknown, context: AgentContext) => unknown>>;
  return {
    name,
    capabilities,
    tools,
    model,
    bid: definition.bid ?? bidByHistory,
    onOffer: definition.onOffer,
    card: {
      agent: name,
      version,
      description,
      capabilities: Object.entries(capabilities).map(([capability, { description: text, input, output }]) => ({
        name: capability,
        description: text,
        input: toSchema(input, 'input'),
        output: toSchema(output, 'output'),
      })),
      tools: tools.map((tool) => tool.name),
      ...(model === undefined ? {} : { model }),
    },
    perform: (capability, input, context) => performers[capability]?.(input, context),
  };
}

const toSchema = (schema: z.ZodType, io: 'input' | 'output'): Record<string, Json> =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, Json>;

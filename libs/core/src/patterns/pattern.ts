import type { Failure, Json, NodeDef } from '@parley/contracts';
import type { ChildCounts, Outcome, SettledStatus } from '../state.ts';
import type { Lookup } from '../template.ts';
import type { SchemaChecks } from '../json-schema.ts';

/** What a pattern may look at when it decides. Pure: the same view gives the same answer. */
export interface View<State> {
  readonly state: State;
  readonly counts: ChildCounts;
  /** The output of a completed child. */
  output(index: number): Json | undefined;
  /** Outputs of all completed children, in order. */
  outputs(): Json[];
  /** The scope that this node itself sees. */
  readonly lookup: Lookup;
  readonly schemas: SchemaChecks;
  readonly now: number;
}

/** A pattern's answer: its next state when that changes, its outcome when it has one. Open children of a settled node are cancelled. */
export interface Step<State> {
  state?: State;
  settle?: Outcome;
}

export interface SettledChild {
  index: number;
  status: SettledStatus;
  output?: Json;
  error?: Failure;
}

/** How many children may have been started, and how many of them may be open at one time. Derived, so that starting can be put off and resumed. */
export interface Wanted {
  upTo: number;
  inFlight: number;
}

/** A value of the scope, and how many tokens of the pointer named it. */
export type Found = ReturnType<Lookup>;

/** One child of a definition as it is written, and the names that it sees because of its place. */
export interface Part {
  pointer: string;
  def: NodeDef;
  names: readonly string[];
  /** Earlier steps by id: those with an index below `before` are visible. */
  steps?: { indexOf: ReadonlyMap<string, number>; before: number };
}

/** A template of a definition outside a task's own input. */
export interface TemplatePart {
  pointer: string;
  template: Json;
  names: readonly string[];
}

/**
 * One kind of node. Its state lives in the log (`NodeAdvanced`), whole and small; everything else it needs is in the view.
 * All functions are pure and answer for every state that they can have produced.
 */
export interface Pattern<Def extends NodeDef = NodeDef, State extends Json = Json> {
  /** The first state, and the outcome when there is nothing to do. Throws `UnresolvedInput` for a template without a value. */
  start(def: Def, view: Omit<View<null>, 'state'>): { state: State; settle?: Outcome };
  /** The children that should be running in this state. */
  wanted(def: Def, state: State): Wanted;
  childSettled(def: Def, child: SettledChild, view: View<State>): Step<State>;
  /** The definition of child `index`, for every child started so far and the next one. */
  childDef(def: Def, state: State, index: number): NodeDef;
  /** What child `index` sees because of its place in this node. */
  provide(def: Def, index: number, tokens: readonly string[], view: Omit<View<State>, 'now' | 'schemas'>): Found;
  /** The input of a task in place `index` that states none; undefined leaves it to the node around this one. */
  defaultInput(def: Def, index: number): Json | undefined;
  /** The written children, for checking a definition. */
  parts(def: Def): Iterable<Part>;
  templates(def: Def): Iterable<TemplatePart>;
  /** JSON Schemas in the definition, by pointer. */
  schemas(def: Def): Iterable<{ pointer: string; schema: { [key: string]: Json } }>;
}

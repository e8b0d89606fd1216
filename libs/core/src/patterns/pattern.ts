import type { Failure, Json, NodeDef, VoteRefusal } from '@parley/contracts';
import type { DefinitionProblem } from '../definition-error.ts';
import type { SchemaChecks } from '../json-schema.ts';
import type { NodeSignal } from '../signals.ts';
import type { ChildCounts, Outcome, SettledStatus } from '../state.ts';
import type { Lookup } from '../template.ts';

/** What says which children a node has: its state, and what it has planned for each child whose definition is not written in its own. */
export interface Planned<State> {
  readonly state: State;
  /** What `Step.plan` gave for child `index`. */
  planned(index: number): Json | undefined;
  readonly plannedCount: number;
}

/** What a pattern may look at when it gives a value to a child. Pure: the same view gives the same answer. */
export interface Scene<State> extends Planned<State> {
  readonly counts: ChildCounts;
  /** The output of a completed child. */
  output(index: number): Json | undefined;
  /** Outputs of all completed children, in order; a skipped child has none. */
  outputs(): Json[];
  statusOf(index: number): SettledStatus | undefined;
  isSkipped(index: number): boolean;
  /** Hand-offs that the agents of a child asked for. */
  hopsOf(index: number): number;
  /** The agents that closed attempts at or below a child, each once, in the order of their names. */
  agentsOf(index: number): string[];
  /** The scope that this node itself sees. */
  readonly lookup: Lookup;
  /** The input of a task that would stand in this node's place and state none. */
  readonly defaultInput: Json;
}

/** What a pattern may look at when it decides. */
export interface View<State> extends Scene<State> {
  readonly path: string;
  readonly run: string;
  /** Who started the run, where that is known. */
  readonly requester: string | undefined;
  /** The input of a task in this place that states none: a template. */
  readonly defaultInput: Json;
  /** The oldest event of a name that came before anything waited for it. */
  inbox(name: string): { readonly id: string; readonly payload: Json } | undefined;
  readonly schemas: SchemaChecks;
  /** The value of an expression of the definition; `own` are names on top of the scope. Throws `ExpressionFailed`. */
  evaluate(expression: string, own?: Readonly<Record<string, Json>>): Json;
  readonly now: number;
}

/**
 * A pattern's answer: its next state when anything about it changes, its outcome when it has one. Open children of a settled node are cancelled.
 * `plan` and `dueAt` count only together with a state.
 */
export interface Step<State> {
  state?: State;
  /** Children decided on now, in order, added to those planned before. */
  plan?: Json[];
  /** When this node is to be looked at again (`due`); each state has its own, none when left out. */
  dueAt?: number | undefined;
  settle?: Outcome;
  /** The kept event that it has taken. */
  takes?: string;
}

/** A pattern's answer to a signal; `refused`: it does not count, and nothing changes. */
export interface Heard<State> extends Step<State> {
  refused?: VoteRefusal;
}

/** A child's outcome; `skipped`: its condition did not hold. */
export interface SettledChild {
  index: number;
  status: SettledStatus;
  output?: Json;
  error?: Failure;
  skipped?: true;
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
  /** Sees `names` and `/run`, nothing of what is around the node, and its ids are unique by themselves. */
  isApart?: true;
}

/** A template of a definition outside a task's own input. */
export interface TemplatePart {
  pointer: string;
  template: Json;
  names: readonly string[];
}

/** An expression of a definition, and the names that it sees on top of the node's scope. */
export interface ExpressionPart {
  pointer: string;
  expression: string;
  names: readonly string[];
}

/**
 * One kind of node. Its state lives in the log (`NodeAdvanced`), whole and small; everything else it needs is in the view.
 * All functions are pure and answer for every state that they can have produced. Where they throw `UnresolvedInput` or `ExpressionFailed`, the node fails
 * with that reason.
 */
export interface Pattern<Def extends NodeDef = NodeDef, State extends Json = Json> {
  /** The first state, and the outcome when there is nothing to do. */
  start(def: Def, view: View<null>): Step<State> & { state: State };
  /** The children that should be running in this state. */
  wanted(def: Def, planned: Planned<State>): Wanted;
  childSettled(def: Def, child: SettledChild, view: View<State>): Step<State>;
  /** The definition of child `index`, for every child started so far and the next one. */
  childDef(def: Def, index: number, planned: Planned<State>): NodeDef;
  /** What child `index` sees because of its place in this node. */
  provide(def: Def, index: number, tokens: readonly string[], scene: Scene<State>): Found;
  /** Its children see what it provides and `/run`, nothing of what is around it. */
  isApart?: true;
  /** The input of a task in place `index` that states none; undefined leaves it to the node around this one. */
  defaultInput(def: Def, index: number, scene: Scene<State>): Json | undefined;
  /** The time that its state asked for has come. It must not ask for a time that is not after `view.now`. */
  due?(def: Def, view: View<State>): Step<State>;
  /** Something happened that nodes may wait for. The same again must change nothing. */
  signalled?(def: Def, signal: NodeSignal, view: View<State>): Heard<State>;
  /** What people should know of a node besides its status, a line each; a few. */
  notes?(def: Def, planned: Planned<State>): string[];
  /** The written children, for checking a definition. */
  parts(def: Def): Iterable<Part>;
  templates(def: Def): Iterable<TemplatePart>;
  expressions?(def: Def): Iterable<ExpressionPart>;
  /** JSON Schemas in the definition, by pointer. */
  schemas(def: Def): Iterable<{ pointer: string; schema: { [key: string]: Json } }>;
  /** What else can be wrong with a definition of this kind. */
  problems?(def: Def): Iterable<DefinitionProblem>;
}

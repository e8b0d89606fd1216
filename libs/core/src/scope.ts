import type { Json, NodeDef } from '@parley/contracts';
import { childAt, listOf } from './children.ts';
import type { Planned, Scene } from './patterns/pattern.ts';
import { patternOf } from './patterns/registry.ts';
import type { Plan } from './plan.ts';
import {
  type ActiveNode,
  type ActiveRun,
  hopsOf,
  isSettled,
  isTask,
  type Node,
  outputOf,
  type SettledNode,
} from './state.ts';
import type { Lookup } from './template.ts';
import { indicesOf } from './tree.ts';

/** A place in a run: its definition, the node when it has begun, what it sees, and the input of a task there that states none. */
export interface Place {
  def: NodeDef;
  node: Node | undefined;
  lookup: Lookup;
  defaultInput: Json;
}

const RUN_INPUT: Json = { $from: '/input' };

export const plannedOf = ({ state, planned }: ActiveNode | SettledNode): Planned<Json> => ({
  state,
  planned: (index) => planned[index],
  plannedCount: planned.length,
});

/** The part of a pattern's view that comes from the node. */
export function sceneOf(node: ActiveNode, lookup: Lookup, defaultInput: Json): Scene<Json> {
  const { counts, children } = node;
  return {
    ...plannedOf(node),
    counts,
    lookup,
    defaultInput,
    output: (index) => outputOf(childAt(children, index)),
    outputs: () =>
      listOf(children)
        .map(outputOf)
        .filter((output) => output !== undefined),
    statusOf(index) {
      const child = childAt(children, index);
      return child !== undefined && isSettled(child) ? child.status : undefined;
    },
    isSkipped: (index) => isSkipped(childAt(children, index)),
    agentsOf: (index) => [...new Set(closersOf(childAt(children, index)))].toSorted(),
    hopsOf: (index) => hopsOf(childAt(children, index)),
  };
}

function closersOf(node: Node | undefined): string[] {
  if (node === undefined) return [];
  if (isTask(node)) return node.closedBy.filter((agent) => agent !== null);
  return 'children' in node ? listOf(node.children).flatMap(closersOf) : [];
}

const isSkipped = (node: Node | undefined): boolean => node !== undefined && 'skipped' in node;

/** Finds a place by walking down from the root: its cost is its depth. The nearest enclosing node that provides a name gives its value. */
export function locate(plan: Plan, run: ActiveRun, path: string): Place {
  const indices = indicesOf(path);
  let def: NodeDef = plan.definition.root;
  let node: Node | undefined = run.root;
  let defaultInput = RUN_INPUT;
  const ofTheRun: Lookup = ([name]) => (name === 'run' ? used(run) : undefined);
  let lookup: Lookup = (tokens) => (tokens[0] === 'input' ? { value: run.input, used: 1 } : ofTheRun(tokens));
  for (const index of indices.slice(1)) {
    const parent: Node | undefined = node;
    if (parent === undefined || parent.status !== 'active' || def.kind === 'task')
      throw new Error(`nothing is at ${path}`);
    const outer = lookup;
    const parentDef = def;
    const pattern = patternOf(parentDef);
    const around = pattern.isApart ? ofTheRun : outer;
    const scene = sceneOf(parent, outer, defaultInput);
    lookup = (tokens) => pattern.provide(parentDef, index, tokens, scene) ?? around(tokens);
    defaultInput = pattern.defaultInput(parentDef, index, scene) ?? defaultInput;
    def = pattern.childDef(parentDef, index, scene);
    node = childAt(parent.children, index);
  }
  return { def, node, lookup, defaultInput };
}

const used = ({ usage, steps }: ActiveRun): ReturnType<Lookup> => ({ value: { ...usage, steps }, used: 1 });

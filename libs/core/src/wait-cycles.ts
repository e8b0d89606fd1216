import type { NodeDef } from '@parley/contracts';
import { listOf } from './children.ts';
import { fieldOf } from './patterns/outcome.ts';
import { patternOf } from './patterns/registry.ts';
import { plannedOf } from './scope.ts';
import { isSettled, isTask, type Node } from './state.ts';

/** Nodes by the ids of the definition: each waits for the next, the last for the first. */
export interface WaitCycle {
  ids: string[];
  text: string;
}

/** A node as it is written, and all that has begun of it (a node that is repeated begins often). */
interface Written {
  readonly def: NodeDef;
  readonly parent: Written | undefined;
  readonly children: Map<NodeDef, Written>;
  /** Nodes by id among which an event finds its cause: those of the same workflow. */
  readonly names: Map<string, Written>;
  readonly begun: Begun[];
}

interface Begun {
  readonly written: Written | undefined;
  readonly node: Node;
  readonly parent: Begun | undefined;
  readonly children: Begun[];
}

/**
 * Waits that nothing inside the run can end. An event that has the name of a node is that node's to cause (by what its agents do, or who reads its result); any other comes
 * from the world. A wait is dead when its cause has not begun and cannot begin before a wait that is dead. Whoever sends the event ends the cycle all the same.
 */
export function waitCycles(root: NodeDef, state: Node): WaitCycle[] {
  const written = writtenOf(root, undefined, new Map());
  const begun = begunOf(state, written, undefined);
  const waits = [...openIn(begun)].filter((one) => causeOf(one) !== undefined);
  const dead = deadAmong(waits);
  const cycles = new Map<string, WaitCycle>();
  for (const wait of dead) {
    const cycle = cycleFrom(wait, dead);
    if (cycle !== undefined) cycles.set(cycle.ids.toSorted().join(' '), cycle);
  }
  return [...cycles.values()];
}

function writtenOf(def: NodeDef, parent: Written | undefined, names: Map<string, Written>): Written {
  const written: Written = { def, parent, children: new Map(), names, begun: [] };
  names.set(def.id, written);
  if (def.kind === 'task') return written;
  for (const part of patternOf(def).parts(def))
    written.children.set(part.def, writtenOf(part.def, written, part.isApart ? new Map() : names));
  return written;
}

/** What has settled is noted, not entered. */
function begunOf(node: Node, written: Written | undefined, parent: Begun | undefined): Begun {
  const begun: Begun = { written, node, parent, children: [] };
  written?.begun.push(begun);
  if (isTask(node) || isSettled(node) || written === undefined || written.def.kind === 'task') return begun;
  const pattern = patternOf(written.def);
  for (const [i, child] of listOf(node.children).entries()) {
    const def = pattern.childDef(written.def, i, plannedOf(node));
    begun.children.push(begunOf(child, written.children.get(def), begun));
  }
  return begun;
}

/** The open nodes at or below one that have no open child. */
function* openIn(begun: Begun): Generator<Begun> {
  if (isSettled(begun.node)) return;
  const open = begun.children.filter(({ node }) => !isSettled(node));
  if (open.length === 0) yield begun;
  for (const child of open) yield* openIn(child);
}

/** The node that an open wait's event is named after. */
function causeOf({ node, written }: Begun): Written | undefined {
  if (node.kind !== 'wait' || node.status !== 'active') return undefined;
  const event = fieldOf(node.state, 'event');
  return typeof event === 'string' ? written?.names.get(event) : undefined;
}

/** The waits that stay when, round by round, those are taken out whose cause is under way or can begin. */
function deadAmong(waits: readonly Begun[]): Set<Begun> {
  const dead = new Set(waits);
  for (let before = -1; before !== dead.size;) {
    before = dead.size;
    for (const wait of dead) if (canBeCaused(wait, dead)) dead.delete(wait);
  }
  return dead;
}

function canBeCaused(wait: Begun, dead: ReadonlySet<Begun>): boolean {
  const blocking = blockingOf(wait);
  return blocking === undefined || blocking.some((child) => isLive(child, dead));
}

/**
 * What must end before the cause of a wait can begin: the open children of the nearest node around it that is under way. Of a cause that is itself under way, its own. Undefined when nothing
 * holds it: it has no cause here, is at work, or is over.
 */
function blockingOf(wait: Begun): Begun[] | undefined {
  const cause = causeOf(wait);
  for (let at = cause; at !== undefined; at = at.parent) {
    const active = at.begun.filter(({ node }) => !isSettled(node));
    const around = active.find((one) => isAround(one, wait)) ?? active[0];
    if (around === wait) return [wait];
    const open = around?.children.filter(({ node }) => !isSettled(node)) ?? [];
    if (around !== undefined) return open.length === 0 ? undefined : open;
    if (at.begun.length > 0) return undefined;
  }
  return undefined;
}

function isAround(outer: Begun, inner: Begun): boolean {
  for (let at: Begun | undefined = inner; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/** Something can still happen that ends this node. Where all branches must complete, one dead branch holds all. */
function isLive(begun: Begun, dead: ReadonlySet<Begun>): boolean {
  if (dead.has(begun)) return false;
  const open = begun.children.filter(({ node }) => !isSettled(node));
  if (open.length === 0) return true;
  const def = begun.written?.def;
  const needsAll = def?.kind === 'concurrent' && def.onFailure === 'all' && def.enough === undefined;
  return needsAll ? open.every((child) => isLive(child, dead)) : open.some((child) => isLive(child, dead));
}

/** Follows from a dead wait to one that holds its cause, and on, until it comes back to one that it has passed. */
function cycleFrom(start: Begun, dead: ReadonlySet<Begun>): WaitCycle | undefined {
  const passed: Begun[] = [];
  let at: Begun | undefined = start;
  while (at !== undefined && !passed.includes(at)) {
    passed.push(at);
    at = (blockingOf(at) ?? []).flatMap((child) => [...openIn(child)]).find((one) => dead.has(one));
  }
  if (at === undefined) return undefined;
  const around = passed.slice(passed.indexOf(at));
  const ids: string[] = [];
  const words: string[] = [];
  for (const [i, wait] of around.entries()) {
    const next = around[(i + 1) % around.length] ?? wait;
    const [id, cause, holder] = [idOf(wait), causeOf(wait)?.def.id ?? '', idOf(next)];
    ids.push(id, ...(cause === id ? [] : [cause]));
    words.push(
      cause === id ? `${id} waits for itself` : `${id} waits for ${cause}, which cannot begin before ${holder} is over`,
    );
  }
  return { ids, text: words.join('; ') };
}

const idOf = ({ written }: Begun): string => written?.def.id ?? '';

import { childAt, withChild } from './children.ts';
import type { ActiveNode, Node } from './state.ts';

/** `0.12.3` as indices. The first is the root's. */
export const indicesOf = (path: string): number[] => path.split('.').map(Number);

/** The path of a node's parent, or undefined for the root. */
export function parentOf(path: string): string | undefined {
  const cut = path.lastIndexOf('.');
  return cut < 0 ? undefined : path.slice(0, cut);
}

export const indexOf = (path: string): number => Number(path.slice(path.lastIndexOf('.') + 1));

/** The node at a path, or undefined when there is none. */
export function nodeAt(root: Node | undefined, path: string): Node | undefined {
  const indices = indicesOf(path);
  if (indices[0] !== 0) return undefined;
  let node = root;
  for (let depth = 1; depth < indices.length && node !== undefined; depth++) {
    node = 'children' in node ? childAt(node.children, indices[depth] as number) : undefined;
  }
  return node;
}

/**
 * A copy of the tree in which the node at the path is `change(node)`; everything off the path is shared.
 * Costs the depth plus one block of children and one list of blocks per level. A new child takes the next free index; anything else is a broken log and throws.
 */
export function changeAt(root: Node | undefined, path: string, change: (node: Node | undefined) => Node): Node {
  const indices = indicesOf(path);
  const descend = (node: Node | undefined, depth: number): Node => {
    if (depth === indices.length) return change(node);
    if (node === undefined || node.status !== 'active' || !('children' in node))
      throw new Error(`node ${path} has no active parent`);
    const index = indices[depth] as number;
    const before = childAt(node.children, index);
    if (before === undefined && index !== node.counts.started) throw new Error(`node ${path} is started out of order`);
    const after = descend(before, depth + 1);
    return { ...node, children: withChild(node.children, index, after), counts: recount(node, before, after) };
  };
  if (indices[0] !== 0) throw new Error(`path ${path} does not begin at the root`);
  return descend(root, 1);
}

function recount({ counts }: ActiveNode, before: Node | undefined, after: Node): ActiveNode['counts'] {
  const started = before === undefined ? counts.started + 1 : counts.started;
  const { status } = after;
  if (before?.status === status || (status !== 'completed' && status !== 'failed' && status !== 'cancelled')) {
    return started === counts.started ? counts : { ...counts, started };
  }
  return { ...counts, started, [status]: counts[status] + 1 };
}

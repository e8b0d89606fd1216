import type { Node } from './state.ts';

/** Children in blocks of `BLOCK`, all full but the last: replacing one copies its block and the list of blocks, not every child. */
export type Children = readonly (readonly Node[])[];

const BLOCK = 64;

export const NO_CHILDREN: Children = [];

export const childAt = (children: Children, index: number): Node | undefined =>
  children[Math.floor(index / BLOCK)]?.[index % BLOCK];

/** The children with one replaced, or added at the end. */
export function withChild(children: Children, index: number, child: Node): Children {
  const at = Math.floor(index / BLOCK);
  const block = children[at]?.slice() ?? [];
  block[index % BLOCK] = child;
  const copy = children.slice();
  copy[at] = block;
  return copy;
}

/** All children in order. */
export const listOf = (children: Children): readonly Node[] => children.flat();

export const mapChildren = (children: Children, change: (child: Node) => Node): Children =>
  children.map((block) => block.map(change));

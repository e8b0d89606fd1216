import { listOf } from './children.ts';
import { isSettled, type Node } from './state.ts';

/** Every node that has not settled, parents first. Settled subtrees are not entered. */
export function* unsettled(root: Node | undefined): Generator<[path: string, node: Node]> {
  const stack: [string, Node][] = root === undefined ? [] : [['0', root]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [path, node] = next;
    if (isSettled(node)) continue;
    yield next;
    if (node.status !== 'active') continue;
    const children = listOf(node.children);
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i];
      if (child !== undefined && !isSettled(child)) stack.push([`${path}.${i}`, child]);
    }
  }
}

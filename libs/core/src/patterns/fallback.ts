import type { FallbackDef, NodeDef } from '@parley/contracts';
import { endedAs } from './outcome.ts';
import type { Pattern } from './pattern.ts';

/** `error`: why the node before the newest one failed. */
type State = { tried: number; error: { code: string; message: string } | null };

const MAX_MESSAGE = 500;

/** One node after the other until one completes. The last failure is the fallback's; so is one whose code does not lead on. */
export const fallback: Pattern<FallbackDef, State> = {
  start: () => ({ state: { tried: 1, error: null } }),
  wanted: (_def, { state }) => ({ upTo: state.tried, inFlight: 1 }),
  childSettled(def, child, { state }) {
    const { error } = child;
    const leadsOn = child.status === 'failed' && error !== undefined && (def.on?.includes(error.code) ?? true);
    if (!leadsOn || state.tried >= def.nodes.length) return { settle: endedAs(child) };
    return {
      state: { tried: state.tried + 1, error: { code: error.code, message: error.message.slice(0, MAX_MESSAGE) } },
    };
  },
  childDef: (def, index) => nodeAt(def, index),
  provide: (_def, index, tokens, { state }) =>
    tokens[0] === 'error' && index > 0 ? { value: state.error, used: 1 } : undefined,
  defaultInput: () => undefined,
  *parts(def) {
    for (const [i, node] of def.nodes.entries())
      yield { pointer: `/nodes/${i}`, def: node, names: i === 0 ? [] : ['error'] };
  },
  templates: () => [],
  schemas: () => [],
};

function nodeAt(def: FallbackDef, index: number): NodeDef {
  const node = def.nodes[index];
  if (node === undefined) throw new Error(`fallback ${def.id} has no node ${index}`);
  return node;
}

import { Token } from '../tokens.ts';
import { Expression } from './template.ts';

/** What every kind of node has. */
export interface BaseDef {
  id: string;
  /** The node is begun only when this holds; else it is skipped: completed without an output. */
  when?: Expression | undefined;
}

export const base = { id: Token, when: Expression.optional() };

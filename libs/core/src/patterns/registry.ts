import type { NodeDef, TaskDef } from '@parley/contracts';
import { concurrent } from './concurrent.ts';
import { gate } from './gate.ts';
import { handoff } from './handoff.ts';
import type { Pattern } from './pattern.ts';
import { sequence } from './sequence.ts';

export type CompositeDef = Exclude<NodeDef, TaskDef>;

/** Every kind of node except the leaf. A new kind is a file and a line here. */
const patterns: Record<CompositeDef['kind'], Pattern> = { sequence, concurrent, gate, handoff };

/** The pattern of a definition's kind. Its state is whatever that pattern put into the log. */
export const patternOf = (def: CompositeDef): Pattern => patterns[def.kind];

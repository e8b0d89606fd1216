import { z } from 'zod';
import { type ConcurrentDef, concurrentDef } from './concurrent.ts';
import { type GateDef, gateDef } from './gate.ts';
import { HandoffDef } from './handoff.ts';
import { type SequenceDef, sequenceDef } from './sequence.ts';
import { TaskDef } from './task.ts';

/** One node of a workflow's tree. A new kind is a file beside this one and a line in each list. */
export type NodeDef = TaskDef | SequenceDef | ConcurrentDef | GateDef | HandoffDef;

export const NodeDef: z.ZodType<NodeDef> = z.lazy(() =>
  z.discriminatedUnion('kind', [TaskDef, sequenceDef(NodeDef), concurrentDef(NodeDef), gateDef(NodeDef), HandoffDef]),
);

import { z } from 'zod';
import { ApprovalDef } from './approval.ts';
import { type ConcurrentDef, concurrentDef } from './concurrent.ts';
import { type DegradeDef, degradeDef } from './degrade.ts';
import { type FallbackDef, fallbackDef } from './fallback.ts';
import { type FeatureListDef, featureListDef } from './feature-list.ts';
import { type GateDef, gateDef } from './gate.ts';
import { GroupChatDef } from './group-chat.ts';
import { HandoffDef } from './handoff.ts';
import { type LoopDef, loopDef } from './loop.ts';
import { type SequenceDef, sequenceDef } from './sequence.ts';
import { type StateMachineDef, stateMachineDef } from './state-machine.ts';
import { type SupervisorDef, supervisorDef } from './supervisor.ts';
import { type SwitchDef, switchDef } from './switch.ts';
import { type SubworkflowDef, subworkflowDef } from './subworkflow.ts';
import { TaskDef } from './task.ts';
import { WaitDef } from './wait.ts';

/** One node of a workflow's tree. A new kind is a file beside this one and a line in each list. */
export type NodeDef =
  | TaskDef
  | SequenceDef
  | ConcurrentDef
  | GateDef
  | HandoffDef
  | SwitchDef
  | LoopDef
  | FallbackDef
  | DegradeDef
  | StateMachineDef
  | SupervisorDef
  | GroupChatDef
  | ApprovalDef
  | FeatureListDef
  | SubworkflowDef
  | WaitDef;

export const NodeDef: z.ZodType<NodeDef> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    TaskDef,
    sequenceDef(NodeDef),
    concurrentDef(NodeDef),
    gateDef(NodeDef),
    HandoffDef,
    switchDef(NodeDef),
    loopDef(NodeDef),
    fallbackDef(NodeDef),
    degradeDef(NodeDef),
    stateMachineDef(NodeDef),
    supervisorDef(NodeDef),
    GroupChatDef,
    ApprovalDef,
    featureListDef(NodeDef),
    subworkflowDef(NodeDef),
    WaitDef,
  ]),
);

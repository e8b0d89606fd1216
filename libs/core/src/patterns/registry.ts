import type { NodeDef, TaskDef } from '@parley/contracts';
import { approval } from './approval.ts';
import { concurrent } from './concurrent.ts';
import { degrade } from './degrade.ts';
import { fallback } from './fallback.ts';
import { featureList } from './feature-list.ts';
import { gate } from './gate.ts';
import { groupChat } from './group-chat.ts';
import { handoff } from './handoff.ts';
import { loop } from './loop.ts';
import type { Pattern } from './pattern.ts';
import { sequence } from './sequence.ts';
import { stateMachine } from './state-machine.ts';
import { supervisor } from './supervisor.ts';
import { subworkflow } from './subworkflow.ts';
import { switchPattern } from './switch.ts';
import { wait } from './wait.ts';

export type CompositeDef = Exclude<NodeDef, TaskDef>;

/** Every kind of node except the leaf. A new kind is a file and a line here. */
const patterns: Record<CompositeDef['kind'], Pattern> = {
  sequence,
  concurrent,
  gate,
  handoff,
  switch: switchPattern,
  loop,
  fallback,
  degrade,
  stateMachine,
  supervisor,
  groupChat,
  approval,
  featureList,
  subworkflow,
  wait,
};

/** The pattern of a definition's kind. Its state is whatever that pattern put into the log. */
export const patternOf = (def: CompositeDef): Pattern => patterns[def.kind];

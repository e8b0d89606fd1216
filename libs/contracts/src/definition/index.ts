export * from './template.ts';
export * from './limits.ts';
export { type BaseDef } from './base.ts';
export { Attempts, AskDef, MAX_HOPS, PerformMs, TaskDef } from './task.ts';
export { type SequenceDef } from './sequence.ts';
export { type ConcurrentDef, FailurePolicy } from './concurrent.ts';
export { GateCheck, type GateDef } from './gate.ts';
export { NodeDef } from './node.ts';
export * from './workflow.ts';

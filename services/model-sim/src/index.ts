export type { Brain, BrainReply, ReplyBlock, StopReason } from './brain.ts';
export { createExtractiveBrain, type ExtractiveOptions, NOT_FOUND } from './extractive/extractive-brain.ts';
export type { Fault, FaultPlanInput, FaultRuleInput } from './faults.ts';
export type { JournalEntry } from './journal.ts';
export type { MessagesRequest } from './request.ts';
export type { ScenarioInput } from './scenario.ts';
export { FAULT_HEADER, type ModelSim, type ModelSimOptions, startModelSim } from './server.ts';

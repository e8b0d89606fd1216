export { type AgentLog, silentLog } from './agent-log.ts';
export { type AgentMetrics, noMetrics } from './agent-metrics.ts';
export type { Chat, ChatAnswer, ToolCallResult } from './chat.ts';
export type { AgentContext } from './context.ts';
export {
  type Agent,
  agree,
  type Agreed,
  type AgentDefinition,
  type Bid,
  type BidView,
  type Capabilities,
  type Capability,
  defineAgent,
  type OfferedHandoff,
  type OfferedTask,
  type OnOffer,
  propose,
  type Proposed,
  refuse,
  type Refused,
} from './define-agent.ts';
export { type AnyTool, defineTool, type Tool, TOOL_OUTPUT_BYTES, type ToolContext } from './define-tool.ts';
export { RetryableError, type StopKind, StopWork, TerminalError } from './errors.ts';
export { handoff, type HandoffOptions, HandoffRequested } from './handoff.ts';
export type { TaskMeta } from './performance.ts';
export { type AgentOptions, type RunningAgent, startAgent } from './start-agent.ts';
export {
  type Approval,
  type AskHuman,
  type ApprovalOptions,
  type AskedPeople,
  HumanAsked,
  type QuestionOptions,
} from './ask-human.ts';

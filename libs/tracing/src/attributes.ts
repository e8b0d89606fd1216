/** Attribute names of the OpenTelemetry GenAI conventions that Parley sets. */
export const GenAi = {
  OPERATION_NAME: 'gen_ai.operation.name',
  PROVIDER_NAME: 'gen_ai.provider.name',
  AGENT_NAME: 'gen_ai.agent.name',
  AGENT_VERSION: 'gen_ai.agent.version',
  WORKFLOW_NAME: 'gen_ai.workflow.name',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_MAX_TOKENS: 'gen_ai.request.max_tokens',
  RESPONSE_MODEL: 'gen_ai.response.model',
  RESPONSE_FINISH_REASONS: 'gen_ai.response.finish_reasons',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_CALL_ID: 'gen_ai.tool.call.id',
  /** Cached tokens included. */
  USAGE_INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
} as const;

/** Values of `gen_ai.operation.name` that Parley uses. */
export const GenAiOperation = {
  CHAT: 'chat',
  EXECUTE_TOOL: 'execute_tool',
  INVOKE_AGENT: 'invoke_agent',
  INVOKE_WORKFLOW: 'invoke_workflow',
} as const;

/** Parley's own span attributes; ids belong on spans and log lines, never on metrics. */
export const Parley = {
  NAMESPACE: 'parley.namespace',
  RUN_ID: 'parley.run.id',
  TASK_ID: 'parley.task.id',
  ATTEMPT: 'parley.task.attempt',
  EPOCH: 'parley.epoch',
  CAPABILITY: 'parley.capability',
  BIDS: 'parley.auction.bids',
  AWARD_RULE: 'parley.award.rule',
  HANDOFF_FROM: 'parley.handoff.from',
  HANDOFF_HOP: 'parley.handoff.hop',
  OUTCOME: 'parley.outcome',
  DECISION_N: 'parley.decision.n',
  DECISION_SIGNALS: 'parley.decision.signals',
  DECISION_EVENTS: 'parley.decision.events',
} as const;

/** Span names; their cardinality is that of agents, models, tools and workflows. */
export const spanName = {
  submit: (workflow: string) => `submit ${workflow}`,
  decide: 'parley.decide',
  award: 'parley.award',
  offer: 'parley.offer',
  invokeAgent: (agent: string) => `invoke_agent ${agent}`,
  chat: (model: string) => `chat ${model}`,
  executeTool: (tool: string) => `execute_tool ${tool}`,
} as const;

/** Attribute names of the OpenTelemetry GenAI and messaging conventions that Parley sets. */
export const GenAi = {
  OPERATION_NAME: 'gen_ai.operation.name',
  PROVIDER_NAME: 'gen_ai.provider.name',
  CONVERSATION_ID: 'gen_ai.conversation.id',
  AGENT_ID: 'gen_ai.agent.id',
  AGENT_NAME: 'gen_ai.agent.name',
  AGENT_VERSION: 'gen_ai.agent.version',
  WORKFLOW_NAME: 'gen_ai.workflow.name',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_MAX_TOKENS: 'gen_ai.request.max_tokens',
  RESPONSE_ID: 'gen_ai.response.id',
  RESPONSE_MODEL: 'gen_ai.response.model',
  RESPONSE_FINISH_REASONS: 'gen_ai.response.finish_reasons',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_CALL_ID: 'gen_ai.tool.call.id',
  TOOL_TYPE: 'gen_ai.tool.type',
  /** Cached tokens included. */
  USAGE_INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
  USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  USAGE_CACHE_WRITE_INPUT_TOKENS: 'gen_ai.usage.cache_write.input_tokens',
  USAGE_REASONING_OUTPUT_TOKENS: 'gen_ai.usage.reasoning.output_tokens',
} as const;

/** Values of `gen_ai.operation.name` that Parley uses. */
export const GenAiOperation = {
  CHAT: 'chat',
  EXECUTE_TOOL: 'execute_tool',
  INVOKE_AGENT: 'invoke_agent',
  INVOKE_WORKFLOW: 'invoke_workflow',
  PLAN: 'plan',
  RETRIEVAL: 'retrieval',
} as const;

export const Messaging = {
  SYSTEM_NAME: 'messaging.system.name',
  OPERATION_TYPE: 'messaging.operation.type',
  OPERATION_NAME: 'messaging.operation.name',
  DESTINATION_NAME: 'messaging.destination.name',
  MESSAGE_ID: 'messaging.message.id',
  BATCH_MESSAGE_COUNT: 'messaging.batch.message_count',
} as const;

export const ErrorAttribute = { TYPE: 'error.type' } as const;

/** Parley's own span attributes; ids belong on spans and log lines, never on metrics. */
export const Parley = {
  NAMESPACE: 'parley.namespace',
  RUN_ID: 'parley.run.id',
  NODE_PATH: 'parley.node.path',
  TASK_ID: 'parley.task.id',
  ATTEMPT: 'parley.task.attempt',
  EPOCH: 'parley.epoch',
  CAPABILITY: 'parley.capability',
  BIDS: 'parley.auction.bids',
  OUTCOME: 'parley.outcome',
  PERMIT_ID: 'parley.permit.id',
  COST_USD: 'parley.cost.usd',
  DECISION_N: 'parley.decision.n',
  DECISION_EVENTS: 'parley.decision.events',
  REPLAYED: 'parley.journal.replayed',
} as const;

/** Span names; their cardinality is that of agents, models, tools and workflows. */
export const spanName = {
  invokeAgent: (agent: string) => `invoke_agent ${agent}`,
  chat: (model: string) => `chat ${model}`,
  executeTool: (tool: string) => `execute_tool ${tool}`,
  invokeWorkflow: (workflow: string) => `invoke_workflow ${workflow}`,
  decide: () => 'parley.decide',
  auction: (capability: string) => `parley.auction ${capability}`,
  permit: () => 'parley.permit',
} as const;

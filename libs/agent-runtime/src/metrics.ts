import type { AgentMetrics } from '@parley/agent';
import type { Metrics } from '@parley/service';

const MS = 1_000;

/** The metrics of an agent process: what the participant loop counts, as Prometheus families. */
export function createAgentMetrics(metrics: Metrics): AgentMetrics {
  const bids = metrics.counter('parley_agent_bids_total', 'Answers to calls for proposals.', ['outcome']);
  const offers = metrics.counter('parley_agent_offers_total', 'Answers to offered hand-offs.', ['outcome']);
  const tasks = metrics.counter('parley_agent_tasks_total', 'Attempts that ended here.', ['capability', 'outcome']);
  const taskSeconds = metrics.histogram('parley_agent_task_seconds', 'From delivery to settlement.', ['capability']);
  const calls = metrics.counter('parley_model_calls_total', 'Model calls that were sent.', ['model', 'outcome']);
  const callSeconds = metrics.histogram('parley_model_call_seconds', 'Duration of model calls.', ['model']);
  const tokens = metrics.counter('parley_model_tokens_total', 'Tokens charged.', ['model', 'direction']);
  const cost = metrics.counter('parley_model_cost_microusd_total', 'Charged, in micro-USD.', ['model']);
  const tools = metrics.counter('parley_tool_calls_total', 'Tool calls.', ['tool', 'outcome']);
  const toolSeconds = metrics.histogram('parley_tool_call_seconds', 'Duration of tool calls.', ['tool']);

  return {
    bids: (outcome, count) => bids.with({ outcome }).inc(count),
    offers: (outcome) => offers.with({ outcome }).inc(),
    task(capability, outcome, ms) {
      tasks.with({ capability, outcome }).inc();
      taskSeconds.with({ capability }).observe(ms / MS);
    },
    modelCall({ model, outcome, inputTokens, outputTokens, microUsd, ms }) {
      calls.with({ model, outcome }).inc();
      callSeconds.with({ model }).observe(ms / MS);
      tokens.with({ model, direction: 'input' }).inc(inputTokens);
      tokens.with({ model, direction: 'output' }).inc(outputTokens);
      cost.with({ model }).inc(microUsd);
    },
    toolCall(tool, outcome, ms) {
      tools.with({ tool, outcome }).inc();
      toolSeconds.with({ tool }).observe(ms / MS);
    },
  };
}

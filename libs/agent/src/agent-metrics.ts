/** What the participant loop counts; the process that starts the agent maps it to its metrics. Durations in milliseconds. */
export interface AgentMetrics {
  bids(outcome: 'proposed' | 'refused', count: number): void;
  offers(outcome: 'agreed' | 'refused'): void;
  task(capability: string, outcome: 'result' | 'failed' | 'parked' | 'handoff' | 'ask' | 'dropped', ms: number): void;
  modelCall(call: {
    readonly model: string;
    readonly outcome: 'ok' | 'error' | 'aborted';
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly microUsd: number;
    readonly ms: number;
  }): void;
  toolCall(tool: string, outcome: 'ok' | 'error' | 'timeout', ms: number): void;
}

export const noMetrics: AgentMetrics = {
  bids: () => {},
  offers: () => {},
  task: () => {},
  modelCall: () => {},
  toolCall: () => {},
};

/** What an agent logs with; a pino logger is one. */
export interface AgentLog {
  debug(fields: object, text?: string): void;
  info(fields: object, text?: string): void;
  warn(fields: object, text?: string): void;
  error(fields: object, text?: string): void;
}

export const silentLog: AgentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

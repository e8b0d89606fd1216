import { defineConfig, env } from '@parley/service';

const schema = {
  natsUrl: env.url('PARLEY_NATS_URL', { default: 'nats://127.0.0.1:4222' }),
  redisUrl: env.url('PARLEY_REDIS_URL', { default: 'redis://127.0.0.1:6379', protocols: ['redis', 'rediss'] }),
  namespace: env.string('PARLEY_NAMESPACE', { default: 'default', pattern: /^[A-Za-z0-9_-]{1,128}$/ }),
  slots: env.int('PARLEY_SLOTS', { min: 1, max: 10_000, default: 4 }),
  drainMs: env.int('PARLEY_DRAIN_MS', { min: 0, max: 3_600_000, default: 10_000 }),
  /** Left out, the model that fits the key. */
  model: env.string('PARLEY_MODEL', { optional: true }),
  /** JSON file with prices of further models. */
  pricesFile: env.string('PARLEY_PRICES_FILE', { optional: true }),
  apiKey: env.secret('ANTHROPIC_API_KEY', { optional: true }),
  baseUrl: env.url('ANTHROPIC_BASE_URL', { optional: true, protocols: ['https', 'http'] }),
};

/** Environment of an agent process. */
export const readConfig = defineConfig({ ...schema, docs: env.string('PARLEY_DOCS', { optional: true }) });

/** The same for a process of several agents; those named run, all when none is. */
export const readConfigOfSeveral = defineConfig({ ...schema, agents: env.string('PARLEY_AGENTS', { optional: true }) });

/** The same for an agent that reads the documents. */
export const readConfigWithDocs = defineConfig({ ...schema, docs: env.string('PARLEY_DOCS') });

/** The same for an agent that runs commands in folders. */
export const readConfigWithWorkspaces = defineConfig({
  ...schema,
  /** JSON file with the commands that are allowed. */
  commandsFile: env.string('PARLEY_COMMANDS', { optional: true }),
  workspaces: env.string('PARLEY_WORKSPACES', { optional: true }),
});

export type AgentConfig = ReturnType<typeof readConfig>;

/** The key that stands for model-sim where a real one would be. */
const SIM_KEY = 'model-sim';
const SIM_MODEL = 'sim-extractive-1';
const CLAUDE_MODEL = 'claude-sonnet-5-5';

/** True when the model can only quote: nothing that needs one of its own ideas will come of it. */
export const isOffline = (config: Pick<AgentConfig, 'model' | 'apiKey'>): boolean => modelOf(config).startsWith('sim-');

/** The model that an agent calls when nothing names one. */
export function modelOf({ model, apiKey }: Pick<AgentConfig, 'model' | 'apiKey'>): string {
  return model ?? (apiKey === undefined || apiKey.reveal() === SIM_KEY ? SIM_MODEL : CLAUDE_MODEL);
}

import { defineConfig, env } from '@parley/service';

export const readConfig = defineConfig({
  host: env.string('PARLEY_HOST', { default: '127.0.0.1' }),
  port: env.int('PARLEY_PORT', { min: 0, max: 65_535, default: 4_010 }),
  /** The path of a scenario in JSON. */
  scenario: env.string('PARLEY_MODEL_SCENARIO', { optional: true }),
  /** A fault plan in JSON, or the path of one. */
  faults: env.string('PARLEY_MODEL_FAULTS', { optional: true }),
});

export { ConfigError, type ConfigProblem, problemLine } from './config-error.ts';
export { type Config, type ConfigReader, type ConfigWarning, defineConfig, type Environment } from './config.ts';
export { env, type Variable } from './env.ts';
export { createHealth, type Health, type Readiness } from './health.ts';
export { createLogger, LOG_LEVELS, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export {
  type CounterChild,
  createMetrics,
  DURATION_BUCKETS,
  type Family,
  type GaugeChild,
  type HistogramChild,
  type LabelName,
  type MetricName,
  type Metrics,
} from './metrics.ts';
export {
  EXIT_CONFIG,
  EXIT_FAILED,
  EXIT_OK,
  type RunningService,
  type RunOptions,
  runService,
  type ServiceContext,
  type StartService,
} from './run-service.ts';
export { Secret } from './secret.ts';
export { flushTelemetry } from './telemetry-sdk.ts';

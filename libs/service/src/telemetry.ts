/** Preload: `node --import @parley/service/telemetry main.ts` traces the process when an OTLP endpoint is set. */
import { startTelemetry } from './telemetry-sdk.ts';

await startTelemetry(process.env);

export { flushTelemetry } from './telemetry-sdk.ts';

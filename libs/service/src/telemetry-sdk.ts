import { instanceId } from './instance.ts';

type Stop = () => Promise<void>;

let stop: Stop | undefined;

/** Whether the environment asks for traces: an OTLP endpoint is set and neither the SDK nor its exporter is off. */
export function telemetryEnabled(environment: Readonly<Record<string, string | undefined>>): boolean {
  const endpoint =
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  return (
    endpoint.trim() !== '' &&
    environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() !== 'true' &&
    environment['OTEL_TRACES_EXPORTER']?.trim() !== 'none'
  );
}

/**
 * Starts the trace SDK once per process when the environment asks for it, and loads nothing otherwise.
 *
 * Spans are batched and sent as OTLP over HTTP (JSON); the sampler comes from `OTEL_TRACES_SAMPLER(_ARG)`, by default
 * parent-based. The resource names only the service and its instance: detectors would add host and command line.
 */
export async function startTelemetry(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (stop !== undefined || !telemetryEnabled(environment)) return;
  const [{ NodeSDK }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const serviceName = environment['OTEL_SERVICE_NAME'];
  const sdk = new NodeSDK({
    serviceName: serviceName === undefined || serviceName === '' ? 'parley' : serviceName,
    resourceDetectors: [{ detect: () => ({ attributes: { 'service.instance.id': instanceId } }) }],
    traceExporter: new OTLPTraceExporter(),
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  stop = () => sdk.shutdown();
}

/** Sends the spans that wait and ends the SDK; returns after `timeoutMs` at the latest and never throws. */
export async function flushTelemetry(timeoutMs = 3_000): Promise<void> {
  const ending = stop?.();
  if (ending === undefined) return;
  stop = undefined;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  // A collector that cannot be reached must not keep a process from ending, nor change its exit code.
  await Promise.race([ending.catch(() => {}), late]);
  clearTimeout(timer);
}

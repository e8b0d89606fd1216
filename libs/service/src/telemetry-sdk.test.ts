import { expect, test } from 'vitest';
import { telemetryEnabled } from './telemetry-sdk.ts';

test('traces are on only with an endpoint, and off when the SDK or its exporter is', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  expect(telemetryEnabled({})).toBe(false);
  expect(telemetryEnabled({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(false);
  expect(telemetryEnabled(endpoint)).toBe(true);
  expect(telemetryEnabled({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' })).toBe(true);
  expect(telemetryEnabled({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' })).toBe(false);
  expect(telemetryEnabled({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
});

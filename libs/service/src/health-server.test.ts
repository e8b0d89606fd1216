import { expect, test } from 'vitest';
import { createHealth } from './health.ts';
import { startHealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';

test('readiness, liveness and metrics are served on a free port, other requests refused', async () => {
  const health = createHealth();
  await using server = await startHealthServer(0, health, createMetrics({ service: 's' }));
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  expect((await get('/healthz')).status).toBe(200);
  const starting = await get('/readyz');
  expect([starting.status, await starting.json()]).toEqual([503, { ready: false, reasons: ['starting'] }]);
  health.setPhase('running');
  expect((await get('/readyz?verbose')).status).toBe(200);
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(await metrics.text()).toContain('nodejs_version_info');
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
});

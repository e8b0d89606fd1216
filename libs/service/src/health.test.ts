import { expect, test } from 'vitest';
import { createHealth, type Readiness } from './health.ts';

test('a service is ready once it runs, and no longer when it stops', () => {
  const health = createHealth();
  expect(health.readiness()).toEqual({ ready: false, reasons: ['starting'] });
  health.setPhase('running');
  expect(health.readiness()).toEqual({ ready: true, reasons: [] });
  health.setPhase('stopping');
  expect(health.readiness()).toEqual({ ready: false, reasons: ['stopping'] });
});

test('it is not ready until every reason is withdrawn', () => {
  const health = createHealth();
  health.setPhase('running');
  health.setReady(false, 'nats is gone');
  health.setReady(false, 'redis is gone');
  health.setReady(true, 'nats is gone');
  expect(health.readiness()).toEqual({ ready: false, reasons: ['redis is gone'] });
  health.setReady(true);
  expect(health.readiness().ready).toBe(true);
});

test('a service cannot declare itself ready while it starts or stops', () => {
  const health = createHealth();
  health.setReady(true);
  expect(health.readiness().ready).toBe(false);
});

test('a listener hears changes only', () => {
  const heard: Readiness[] = [];
  const health = createHealth((readiness) => heard.push(readiness));
  health.setReady(true);
  health.setReady(false, 'a');
  health.setReady(false, 'a');
  health.setReady(true, 'other');
  health.setPhase('running');
  expect(heard.map(({ reasons }) => reasons)).toEqual([['starting', 'a'], ['a']]);
});

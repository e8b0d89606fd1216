import { performOnce } from '@parley/agent/testing';
import { expect, test } from 'vitest';
import { incidentSpecialists } from './incident.ts';

const assess = async (goal: string) =>
  Object.fromEntries(
    await Promise.all(
      incidentSpecialists.map(async (agent) => {
        const answer = await performOnce(agent as never, 'incident' as never, { mode: 'assess', goal } as never);
        return [agent.name, (answer as { confidence: number }).confidence] as const;
      }),
    ),
  );

test('each specialist is as sure as the report speaks of its field', async () => {
  const sure = await assess('After the release at noon queries wait for locks, and the replica lags behind.');
  expect(sure['database-specialist']).toBeGreaterThan(0.6);
  expect(sure['application-specialist']).toBeGreaterThan(0.3);
  expect(sure['network-specialist']).toBeLessThan(0.3);
});

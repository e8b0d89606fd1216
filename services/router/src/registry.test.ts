import { AgentDelete, decodeJson } from '@parley/contracts';
import { expect, test } from 'vitest';
import { NS, openWorld, type World } from './testing/world.ts';

async function deleteAgent({ bus }: World, agent: string): Promise<unknown> {
  const subject = AgentDelete.toSubject({ ns: NS, agent });
  const answer = await bus.request({ subject, payload: AgentDelete.encode({}) }, { timeoutMs: 1_000 });
  return decodeJson(answer.payload);
}

test('an agent without instances can be deleted: its card and its work queue are gone, tasks find nobody', async () => {
  await using world = await openWorld();
  const alice = await world.agent('alice');
  await alice.leave();
  await expect(deleteAgent(world, 'alice')).resolves.toEqual({ deleted: true });
  await world.rest();
  await world.schedule('r1', {});
  await world.clock.advance(60_000);
  expect(await world.awards()).toEqual([]);
  expect(await world.signals()).toMatchObject([{ reason: expect.stringContaining('no agent') }]);
  await expect(deleteAgent(world, 'alice')).resolves.toEqual({ deleted: false });
});

test('an agent that is alive cannot be deleted', async () => {
  await using world = await openWorld();
  await world.agent('alice');
  await expect(deleteAgent(world, 'alice')).rejects.toMatchObject({ problem: { code: 'state_conflict' } });
});

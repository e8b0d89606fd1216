import { type Award, type Body, type HandoffRequest, type Json, WorkflowDefinition } from '@parley/contracts';
import { type Answer, joinAgent } from './scripted-agent.ts';
import type { Cast } from './stage.ts';

const task = (id: string): Json => ({ kind: 'task', id, capability: 'desk', input: { do: id } });

/** A desk that hands its first task over for good, lends the second, and finds nobody for the third. */
export const RELAY = WorkflowDefinition.parse({
  name: 'relay',
  root: {
    kind: 'concurrent',
    id: 'all',
    branches: [task('transfer'), task('lend'), task('nobody')],
  },
});

/** Awards of a run: two for what is transferred, three for what comes back with a result, two for what nobody takes. */
export const RELAY_AWARDS = 7;

const request = (more: Partial<HandoffRequest>): Answer => ({
  handoff: {
    reason: 'it takes an expert',
    priority: 'normal',
    brief: { asked: 'an answer', found: [], failed: [], next: 'answer' },
    continuation: 'transfer',
    ...more,
  },
});

type Work = Pick<Body<typeof Award>, 'input' | 'refused' | 'returned'>;

/** What the desk does with a task: a function of the award alone. */
function atDesk({ input, refused, returned }: Work): Answer {
  if (returned !== undefined) return { output: { lent: returned.output } };
  if (refused !== undefined) return { output: { alone: refused.map(({ reason }) => reason) } };
  const { do: what } = input as { do: string };
  if (what === 'nobody') return request({ to: 'dora', capability: 'expert' });
  return request({ capability: 'expert', continuation: what === 'lend' ? 'return' : 'transfer' });
}

const asExpert = ({ input, brief, handoff }: Body<typeof Award>): Answer => ({
  output: { expert: input, asked: brief?.asked ?? null, from: handoff?.from ?? null },
});

/** Ann is the desk; of the experts, bob refuses every offer and carl agrees. */
export const RELAY_CAST: Cast = {
  flow: RELAY,
  async join(bus, ns) {
    await joinAgent(bus, ns, 'ann', atDesk, ['desk']);
    await joinAgent(bus, ns, 'bob', asExpert, ['expert'], () => ({ answer: 'refuse', reason: 'not today' }));
    await joinAgent(bus, ns, 'carl', asExpert, ['expert']);
  },
};

/** What a run of `RELAY` ends with, whatever happened on the way. */
export const RELAY_OUTPUT: Json = [
  { expert: { do: 'transfer' }, asked: 'an answer', from: 'ann' },
  { lent: { expert: { do: 'lend' }, asked: 'an answer', from: 'ann' } },
  { alone: ['no agent dora that can expert is registered'] },
];

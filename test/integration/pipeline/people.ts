import type { Bus } from '@parley/bus';
import {
  ApprovalItem,
  type Award,
  type Body,
  type Json,
  partitionOf,
  RunSignal,
  type WorkItem,
  WorkflowDefinition,
} from '@parley/contracts';
import { type Answer, joinAgent } from './scripted-agent.ts';
import type { Cast } from './stage.ts';

/** Two people must approve a payment while an agent asks for a colour; then a delivery is waited for that may come too early. */
const OFFICE = WorkflowDefinition.parse({
  name: 'office',
  root: {
    kind: 'sequence',
    id: 'all',
    steps: [
      {
        kind: 'concurrent',
        id: 'both',
        branches: [
          { kind: 'approval', id: 'pay', title: 'Pay', action: { amount: 5 }, approvers: ['ann', 'bob'], quorum: 2 },
          { kind: 'task', id: 'paint', capability: 'paint', input: 'wall' },
        ],
      },
      { kind: 'wait', id: 'delivered', event: { name: 'delivered' } },
      {
        kind: 'task',
        id: 'end',
        capability: 'end',
        input: { both: { $from: '/steps/both' }, delivered: { $from: '/steps/delivered' } },
      },
    ],
  },
});

const QUESTION: Answer = {
  ask: { name: 'colour', ask: 'answer', title: 'Which?', action: null, quorum: 1, expiresMs: 3_600_000, request: 'd' },
};

/** What the agent does: a function of the award alone. */
function work({ capability, input, answer }: Body<typeof Award>): Answer {
  if (capability === 'end') return { output: input };
  return answer === undefined ? QUESTION : { output: { [JSON.stringify(input)]: answer.value } };
}

/** Ann edits the payment, then she and bob approve it; he answers questions. Each says the same to the same item, however often it is shown. */
function wordsOf({ ask, edited, votes }: WorkItem) {
  if (ask === 'answer') return { decision: 'answer', by: 'bob', answer: 'red' } as const;
  if (!edited) return { decision: 'edit', by: 'ann', action: { amount: 4 } } as const;
  return { decision: 'approve', by: votes.includes('ann') ? 'bob' : 'ann' } as const;
}

/** People who watch the work items and say their word on each; the delivery is told as soon as the payment is approved. */
async function joinPeople(bus: Bus, ns: string): Promise<void> {
  await bus.follow('APPROVALS', ApprovalItem.filter({ ns }), (messages) => {
    for (const { payload } of messages) {
      const item = ApprovalItem.decode(payload);
      const { run, approval, digest, version, status } = item;
      const tell = (id: string, body: Body<typeof RunSignal>): void => {
        const subject = RunSignal.toSubject({ ns, partition: partitionOf(run), runId: run });
        bus.storeOne({ id: `${run}-${id}`, subject, payload: RunSignal.encode(body) }).catch(() => {});
      };
      if (status === 'open') tell(`${approval}-${version}`, { kind: 'approval', approval, digest, ...wordsOf(item) });
      if (status === 'approved') {
        tell('delivered', { kind: 'event', event: 'd1', name: 'delivered', payload: { parcels: 2 }, by: 'carrier' });
      }
    }
  });
}

export const OFFICE_CAST: Cast = {
  flow: OFFICE,
  async join(bus, ns) {
    await joinAgent(bus, ns, 'zoe', work, ['paint', 'end']);
    await joinPeople(bus, ns);
  },
};

/** What a run of the office ends with, whatever happened on the way. */
export const OFFICE_OUTPUT: Json = {
  both: [
    { approved: true, by: ['ann', 'bob'], action: { amount: 4 }, edited: true, reason: null },
    { '"wall"': 'red' },
  ],
  delivered: { parcels: 2 },
};

/** The newest work items of a namespace, as they are stored. */
export async function storedItems(bus: Bus, ns: string): Promise<WorkItem[]> {
  const stored = await bus.lastPerSubject('APPROVALS', ApprovalItem.filter({ ns }), 1_000);
  return stored
    .map(({ payload }) => ApprovalItem.decode(payload))
    .toSorted((a, b) => (a.approval < b.approval ? -1 : 1));
}

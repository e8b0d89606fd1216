import { randomUUID } from 'node:crypto';
import type { Agent } from '@parley/agent';
import { type Bus, connectBus } from '@parley/bus';
import {
  AgentBeat,
  AgentHello,
  Award,
  type Body,
  CallForProposals,
  Control,
  encodeJson,
  JournalEntry,
  type Json,
  PermitRenew,
  PermitRequest,
  PermitSettle,
  Propose,
  TaskReport,
} from '@parley/contracts';
import { eventually, sharedNats, testNamespace } from '@parley/testing';

export type Report = Body<typeof TaskReport>;
export type Settled = Body<typeof PermitSettle>;

/** The other side of an agent: makes its work queue, awards, collects reports, and grants permits as a guardian would. */
export interface Initiator extends AsyncDisposable {
  readonly bus: Bus;
  readonly ns: string;
  readonly reports: Report[];
  readonly beats: Body<typeof AgentBeat>[];
  readonly proposals: Body<typeof Propose>[];
  readonly granted: Body<typeof PermitRequest>[];
  readonly settled: Settled[];
  /** Answers the next permit requests, in order; then everything is granted. */
  readonly denials: Json[];
  award(
    agent: Agent,
    award: Partial<Body<typeof Award>> & { capability: string; input: Json },
  ): Promise<Body<typeof Award>>;
  cfp(capability: string, tasks: Body<typeof CallForProposals>['tasks']): void;
  control(scope: string, id: string, verb: 'halt' | 'pause' | 'resume'): Promise<number>;
  journal(agent: string, journal: string): Promise<Body<typeof JournalEntry>[]>;
  /** The report of a task's attempt, once it came. */
  reportOf(task: string, attempt?: number): Promise<Report>;
}

const ACK_WAIT_MS = 1_000;
const LEASE_MS = 1_000;

export async function startInitiator(): Promise<Initiator> {
  const ns = testNamespace();
  const bus = await connectBus({ url: await sharedNats(), name: `initiator-${ns}`, topology: 'ensure' });
  const reports: Report[] = [];
  const beats: Initiator['beats'] = [];
  const proposals: Initiator['proposals'] = [];
  const granted: Initiator['granted'] = [];
  const settled: Settled[] = [];
  const denials: Json[] = [];

  await bus.serve(AgentHello.filter({ ns }), async ({ subject, payload }) => {
    AgentHello.decode(payload);
    const agent = AgentHello.parseSubject(subject)?.agent ?? '';
    const durable = `work-${ns}-${agent}`;
    const filter = Award.filter({ ns, agent });
    await bus.ensureConsumer({
      stream: 'WORK',
      durable,
      filter,
      ackWaitMs: ACK_WAIT_MS,
      maxDeliver: -1,
      maxAckPending: 1_000,
    });
    return encodeJson({ consumer: durable, beatMs: 200 });
  });
  await bus.subscribe(AgentBeat.filter({ ns }), (messages) => {
    for (const { payload } of messages) beats.push(AgentBeat.decode(payload));
  });
  await bus.subscribe(Propose.filter({ ns }), (messages) => {
    for (const { payload } of messages) proposals.push(Propose.decode(payload));
  });
  await bus.serve(PermitRequest.filter({ ns }), ({ payload }) => {
    const denial = denials.shift();
    if (denial !== undefined) return encodeJson(denial);
    granted.push(PermitRequest.decode(payload));
    return encodeJson({ status: 'granted', permit: randomUUID(), leaseMs: LEASE_MS });
  });
  await bus.serve(PermitRenew.filter({ ns }), () => encodeJson({ leaseMs: LEASE_MS, lapsed: [] }));
  await bus.serve(PermitSettle.filter({ ns }), ({ payload }) => {
    const closing = PermitSettle.decode(payload);
    settled.push(closing);
    return encodeJson({ charged: closing.used, closing: closing.outcome });
  });
  const durable = `reports-${ns}`;
  const filter = TaskReport.filter({ ns });
  await bus.ensureConsumer({
    stream: 'SIGNALS',
    durable,
    filter,
    ackWaitMs: 5_000,
    maxDeliver: -1,
    maxAckPending: 10_000,
  });
  await bus.consume({ stream: 'SIGNALS', durable, slots: 100 }, (deliveries) => {
    for (const delivery of deliveries) {
      reports.push(TaskReport.decode(delivery.payload));
      delivery.ack();
    }
  });

  return {
    bus,
    ns,
    reports,
    beats,
    proposals,
    granted,
    settled,
    denials,
    async award(agent, given) {
      const run = given.run ?? `r${randomUUID().slice(0, 8)}`;
      const task = given.task ?? `${run}-0`;
      const award: Body<typeof Award> = {
        attempt: 1,
        epoch: 0,
        deadlineAt: Date.now() + 60_000,
        performMs: 20_000,
        journal: `${task}-j1`,
        continues: false,
        token: `token-${task}-${given.attempt ?? 1}`,
        reasons: { rule: 'only_candidate', criteria: 'balanced', bids: [], refusals: [], silent: [] },
        ...given,
        run,
        task,
      };
      const subject = Award.toSubject({ ns, agent: agent.name, taskId: task, attempt: String(award.attempt) });
      await bus.storeOne({ subject, payload: Award.encode(award), id: randomUUID() });
      return award;
    },
    cfp(capability, tasks) {
      const call = { conversation: randomUUID(), router: 'initiator', replyByMs: 1_000, tasks };
      bus.publish({ subject: CallForProposals.toSubject({ ns, capability }), payload: CallForProposals.encode(call) });
    },
    async control(scope, id, verb) {
      const subject = Control.toSubject({ scope, ns, id });
      const body = Control.encode({ verb, by: 'test', reason: 'the test says so' });
      return (await bus.storeOne({ subject, payload: body, id: randomUUID() })).sequence;
    },
    async journal(agent, journal) {
      const entries: Body<typeof JournalEntry>[] = [];
      const subject = JournalEntry.toSubject({ ns, agent, journal });
      for await (const { payload } of bus.read('JOURNAL', subject)) entries.push(JournalEntry.decode(payload));
      return entries;
    },
    reportOf: (task, attempt = 1) =>
      eventually(() => {
        const report = reports.find((candidate) => candidate.task === task && candidate.attempt === attempt);
        if (report === undefined) throw new Error(`no report of ${task} attempt ${attempt}`);
        return report;
      }),
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

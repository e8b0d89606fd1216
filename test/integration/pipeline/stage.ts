import { type Bus, createMemoryBroker, ManualClock } from '@parley/bus';
import { startConductor } from '@parley/conductor';
import {
  Control,
  encodeJson,
  type Json,
  runIdOfMessage,
  type RunSettled,
  RunSubmission,
  WorkflowDefinition,
  WorkflowRegister,
} from '@parley/contracts';
import { startRouter } from '@parley/router';
import { createHealth, createLogger, createMetrics, type RunningService } from '@parley/service';
import { type History, readHistories } from './history.ts';
import { joinAgent } from './scripted-agent.ts';

const metrics = createMetrics({ service: 'pipeline-test' });
const log = createLogger({ service: 'pipeline', instance: 'test', level: 'silent' });
let instances = 0;

const common = () => ({ instance: `i${++instances}`, log, metrics, health: createHealth(), leaseKey: 'test' });

/** Appends so far that another conductor won. */
export async function conflicts(): Promise<number> {
  const line = /^parley_append_conflicts_total\S* (\d+)$/m.exec(await metrics.text());
  return Number(line?.[1] ?? 0);
}

export const runConductor = (bus: Bus): Promise<RunningService> =>
  startConductor({ ...common(), bus, cacheRuns: 1_000 });

export const runRouter = (bus: Bus, beatMs = 600_000): Promise<RunningService> =>
  startRouter({ ...common(), bus, replyByMs: 250, beatMs, workAckWaitMs: 4_000 });

/** Two steps, a fan-out of three over the second's output, and a gate whose first candidate is rejected: nine tasks. */
export const FLOW = WorkflowDefinition.parse({
  name: 'flow',
  root: {
    kind: 'sequence',
    id: 'all',
    steps: [
      { kind: 'task', id: 'first', capability: 'work', input: { first: { $from: '/input' } } },
      { kind: 'task', id: 'split', capability: 'split', input: { $from: '/steps/first' } },
      {
        kind: 'concurrent',
        id: 'each',
        map: { over: { $from: '/steps/split' }, node: { kind: 'task', id: 'one', capability: 'work' } },
      },
      {
        kind: 'gate',
        id: 'checked',
        node: {
          kind: 'task',
          id: 'join',
          capability: 'join',
          input: { parts: { $from: '/steps/each' }, feedback: { $from: '/feedback' } },
        },
        checks: [{ validator: { capability: 'judge' } }],
      },
    ],
  },
});

export const CAPABILITIES = ['work', 'split', 'join', 'judge'];

/** What the agents of `FLOW` do: a function of the input alone. */
export function perform({ capability, input }: { capability: string; input: Json }): { output: Json } {
  const text = JSON.stringify(input);
  if (capability === 'split') return { output: ['a', 'b', 'c'].map((part) => `${part}:${text.length}`) };
  if (capability === 'judge')
    return { output: text.includes('again') ? { verdict: 'VALID' } : { verdict: 'INVALID', reason: 'again' } };
  return { output: `${capability}(${text})` };
}

/** A workflow, and the agents that it takes. */
export interface Cast {
  readonly flow: WorkflowDefinition;
  join(bus: Bus, ns: string): Promise<void>;
}

export const FLOW_CAST: Cast = {
  flow: FLOW,
  async join(bus, ns) {
    for (const name of ['ann', 'bob']) await joinAgent(bus, ns, name, perform, CAPABILITIES);
  },
};

const STEP_MS = 1_000;
const LONGEST_MS = 1_800_000;

/** An in-memory broker with agents and a client, ready for conductors and routers. */
export interface Stage {
  readonly clock: ManualClock;
  connect(): Bus;
  /** Registers the workflow, joins the agents and submits one run; a conductor and a router must be there. */
  submit(): Promise<void>;
  /** Gives a command on the run. */
  control(verb: 'halt' | 'pause' | 'resume'): Promise<void>;
  /** Moves time on until the run has settled and everything that is under way has happened. */
  settled(): Promise<{ history: History; settled: RunSettled }>;
}

export function openStage({ flow, join }: Cast = FLOW_CAST): Stage {
  const clock = new ManualClock();
  const broker = createMemoryBroker({ clock, onLog: () => {} });
  const bus = broker.connect('client');
  let commands = 0;

  async function settled(): Promise<{ history: History; settled: RunSettled } | undefined> {
    const [history] = await readHistories(bus, 'acme');
    const events = history?.decisions.flatMap((decision) => decision.events) ?? [];
    const end = events.find((event) => event.type === 'RunSettled');
    return history === undefined || end === undefined ? undefined : { history, settled: end };
  }

  return {
    clock,
    connect: () => broker.connect('process'),
    async submit() {
      const payload = WorkflowRegister.encode(flow);
      const subject = WorkflowRegister.toSubject({ ns: 'acme', workflow: flow.name });
      await bus.request({ subject, payload }, { timeoutMs: 1_000 });
      await join(bus, 'acme');
      const submission = RunSubmission.toSubject({ ns: 'acme', workflow: flow.name });
      await bus.storeOne({ subject: submission, payload: encodeJson({ input: 1 }), id: 'submission' });
    },
    async control(verb) {
      const { createdAt } = await bus.streamInfo('INTAKE');
      const subject = Control.toSubject({ scope: 'run', ns: 'acme', id: runIdOfMessage('acme', createdAt, 1) });
      const payload = Control.encode({ verb, by: 'operator', reason: 'the test says so' });
      await bus.storeOne({ subject, payload, id: `control-${++commands}` });
    },
    async settled() {
      for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
        // Time that moves on while an answer is on its way would make silence of it.
        for (let rests = 0; rests < 12; rests++) await clock.advance(0);
        if ((await settled()) !== undefined) {
          // Whatever is delivered again after the end must change nothing.
          for (let rests = 0; rests < 30; rests++) await clock.advance(30_000);
          return (await settled()) as { history: History; settled: RunSettled };
        }
        await clock.advance(STEP_MS);
      }
      throw new Error('the run did not settle');
    },
  };
}

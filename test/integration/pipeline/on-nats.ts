import { type Bus, connectBus } from '@parley/bus';
import { encodeJson, type Json, RunSubmission, WorkflowRegister } from '@parley/contracts';
import { eventually, startNats, testNamespace } from '@parley/testing';
import { type History, readHistories } from './history.ts';
import { type Cast, FLOW_CAST } from './stage.ts';

/** A server of its own (conductors and routers serve every namespace of a server), agents and a client. */
export interface NatsStage extends AsyncDisposable {
  readonly url: string;
  connect(name: string): Promise<Bus>;
  /** Registers the workflow, joins the agents and submits that many runs; a conductor and a router must be there or come soon. */
  submit(runs: number, input?: Json): Promise<void>;
  histories(): Promise<History[]>;
  /** The histories of the runs once all of them have settled. */
  settled(runs: number): Promise<History[]>;
}

export const isSettled = ({ decisions }: History): boolean =>
  decisions.some(({ events }) => events.some(({ type }) => type === 'RunSettled'));

export async function openNatsStage({ flow, join }: Cast = FLOW_CAST): Promise<NatsStage> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats({ syncAlways: false }));
  const connect = (name: string): Promise<Bus> => connectBus({ url: nats.url, name, topology: 'ensure' });
  const bus = stack.use(await connect('client'));
  const ns = testNamespace();
  const owned = stack.move();
  const histories = (): Promise<History[]> => readHistories(bus, ns);
  return {
    url: nats.url,
    connect,
    histories,
    async submit(runs, input = 'the same') {
      const subject = WorkflowRegister.toSubject({ ns, workflow: flow.name });
      const payload = WorkflowRegister.encode(flow);
      await eventually(() => bus.request({ subject, payload }, { timeoutMs: 2_000 }), { timeoutMs: 20_000 });
      await join(bus, ns);
      const submission = RunSubmission.toSubject({ ns, workflow: flow.name });
      const messages = Array.from({ length: runs }, (_, i) => ({
        subject: submission,
        payload: encodeJson({ input }),
        id: `submission-${i}`,
      }));
      for (const stored of await bus.store(messages)) if (stored instanceof Error) throw stored;
    },
    settled: (runs) =>
      eventually(
        async () => {
          const all = await histories();
          const open = runs - all.filter(isSettled).length;
          if (open > 0) throw new Error(`${open} of ${runs} runs have not settled`);
          return all;
        },
        { timeoutMs: 60_000, everyMs: 250 },
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

import { type Bus, connectBus } from '@parley/bus';
import { JournalEntry } from '@parley/contracts';
import { startNats } from '@parley/testing';

/** One request as the model server saw it. */
export interface ModelCall {
  readonly at: string;
  readonly path: string;
  readonly bodySha256: string;
  readonly agent?: string;
  readonly taskId?: string;
  readonly status?: number;
  readonly finishedAt?: string;
  readonly abortedAt?: string;
}

/** The requests for messages that a model-sim has seen, oldest first. */
export async function modelCalls(simUrl: string): Promise<ModelCall[]> {
  const response = await fetch(`${simUrl}/_sim/journal`);
  return ((await response.json()) as ModelCall[]).filter(({ path }) => path.startsWith('/v1/messages'));
}

/** When each journaled model call of a run was journaled, milliseconds since 1970, by task and in order. */
export async function journaledAt(natsData: string, namespace: string): Promise<Map<string, number[]>> {
  await using nats = await startNats({ storeDir: natsData });
  await using bus = await connectBus({ url: nats.url, name: 'e2e', topology: 'check' });
  return await journaledOn(bus, namespace);
}

/** The same of a server that runs. */
export async function journaledOn(bus: Bus, namespace: string): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  for await (const { subject, payload, at } of bus.read('JOURNAL', JournalEntry.filter({ ns: namespace }))) {
    if (JournalEntry.decode(payload).kind !== 'model') continue;
    // A journal is named after its task and the attempt that began it.
    const task = (JournalEntry.parseSubject(subject)?.journal ?? '').replace(/-a\d+$/, '');
    times.set(task, [...(times.get(task) ?? []), at]);
  }
  return times;
}

/**
 * The calls that were made again after their first answer had been journaled; there must be none. The n-th different call of a task is
 * the n-th model entry of its journal.
 */
export function repeatedAfterJournal(calls: readonly ModelCall[], journaled: Map<string, number[]>): ModelCall[] {
  const repeated: ModelCall[] = [];
  for (const [task, ofTask] of Map.groupBy(calls, ({ taskId }) => taskId ?? '')) {
    const different = [...new Set(ofTask.map(({ bodySha256 }) => bodySha256))];
    for (const call of ofTask) {
      const at = journaled.get(task)?.[different.indexOf(call.bodySha256)];
      if (at !== undefined && Date.parse(call.at) > at) repeated.push(call);
    }
  }
  return repeated;
}

import { type Bus, type Running } from '@parley/bus';
import { Award, RunDecision, UsageRecord } from '@parley/contracts';
import { historyFirst } from './history-first.ts';
import type { RunFact } from './progress.ts';

export interface FollowOptions {
  readonly bus: Bus;
  readonly namespace: string;
  /** Every run of the namespace when left out. */
  readonly runId?: string | undefined;
  /** Where to begin in each stream; see `streamEnds`. From the beginning when left out. */
  readonly from?: StreamEnds;
  readonly onFact: (runId: string, fact: RunFact) => void;
}

export interface StreamEnds {
  readonly RUNS: number;
  readonly WORK: number;
  readonly USAGE: number;
}

/** The positions after what the streams hold now: what is followed from there on is new. */
export async function streamEnds(bus: Bus): Promise<StreamEnds> {
  const [runs, work, usage] = await Promise.all(
    (['RUNS', 'WORK', 'USAGE'] as const).map(async (name) => (await bus.streamInfo(name)).lastSequence + 1),
  );
  return { RUNS: runs ?? 1, WORK: work ?? 1, USAGE: usage ?? 1 };
}

/** Follows what happens to a run, or to all, over reconnects, until it is disposed. What has happened before is told first, in its order. */
export async function followRun({ bus, namespace, runId, from, onFact }: FollowOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const ns = namespace;
  const ofRun = runId === undefined ? { ns } : { ns, runId };
  const order = historyFirst(['RUNS', 'WORK', 'USAGE']);
  const options = (stream: keyof StreamEnds) => ({
    ...(from === undefined ? {} : { fromSequence: from[stream] }),
    onCaughtUp: () => order.caughtUp(stream),
  });
  const use = (running: Running) => stack.use(running);

  use(
    await bus.follow(
      'RUNS',
      RunDecision.filter(ofRun),
      (messages) => {
        for (const { payload, at } of messages) {
          const decision = RunDecision.decode(payload);
          order.put('RUNS', at, () => onFact(decision.run, { type: 'decision', decision }));
        }
      },
      options('RUNS'),
    ),
  );
  use(
    await bus.follow(
      'WORK',
      Award.filter({ ns }),
      (messages) => {
        for (const { subject, payload, at } of messages) {
          const params = Award.parseSubject(subject);
          if (params === undefined || (runId !== undefined && !params.taskId.startsWith(`${runId}-`))) continue;
          const award = Award.decode(payload);
          order.put('WORK', at, () => onFact(award.run, { type: 'award', at, agent: params.agent, award }));
        }
      },
      options('WORK'),
    ),
  );
  use(
    await bus.follow(
      'USAGE',
      UsageRecord.filter(ofRun),
      (messages) => {
        for (const { payload, at } of messages) {
          const record = UsageRecord.decode(payload);
          order.put('USAGE', at, () => onFact(record.run, { type: 'usage', at, record }));
        }
      },
      options('USAGE'),
    ),
  );
  return stack.move();
}

import { type Bus, composeStored } from '@parley/bus';
import { type Body, partitionOf, RunDecision, type RunEvent, RunSignal } from '@parley/contracts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** A conductor that is starting again is waited for. */
const TAKEN_UP_WITHIN_MS = 20_000;

/**
 * Sends a signal to a run and answers what the decision that took it up says, from the run's log: that alone counts. Throws `CliError` when none does in time.
 * `id`: of the message; the same id within two minutes is the same signal.
 */
export async function sendSignal(
  bus: Bus,
  ns: string,
  run: string,
  body: Body<typeof RunSignal>,
  id: string,
): Promise<readonly RunEvent[]> {
  const { lastSequence } = await bus.streamInfo('RUNS');
  const address = { ns, partition: partitionOf(run), runId: run };
  const { sequence } = await bus.storeOne(composeStored(RunSignal, address, body, { id, source: '/cli' }, bus.now()));
  const cause = `signal-${sequence}`;
  const done = Promise.withResolvers<readonly RunEvent[]>();
  await using _following = await bus.follow(
    'RUNS',
    RunDecision.toSubject(address),
    (messages) => {
      for (const { payload } of messages) {
        const { causes, events } = RunDecision.decode(payload);
        if (causes.includes(cause)) done.resolve(events);
      }
    },
    { fromSequence: lastSequence + 1 },
  );
  const late = setTimeout(() => done.reject(notTakenUp(run)), TAKEN_UP_WITHIN_MS);
  try {
    return await done.promise;
  } finally {
    clearTimeout(late);
  }
}

const notTakenUp = (run: string): CliError =>
  new CliError({
    exit: EXIT.unavailable,
    code: 'timeout',
    field: 'run',
    value: run,
    message: `nothing came of it within ${TAKEN_UP_WITHIN_MS / 1_000} s: it was said before, too much was refused, or no conductor is running`,
    fix: 'look at the run with parley show, at the services with parley doctor',
  });

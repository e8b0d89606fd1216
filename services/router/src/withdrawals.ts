import { Award, Cancel, headersOf, taskIdOf } from '@parley/contracts';
import type { Bus } from '@parley/bus';

/** Tells the holder of an attempt that it is not open any more. Best effort: what it still reports is late, this only saves its work. */
export async function withdraw(
  bus: Bus,
  router: string,
  { ns, run, path, attempt }: { ns: string; run: string; path: string; attempt: number },
): Promise<void> {
  const task = taskIdOf(run, path);
  const award = await bus.last('WORK', Award.filter({ ns, taskId: task, attempt: String(attempt) }));
  const agent = award === undefined ? undefined : Award.parseSubject(award.subject)?.agent;
  if (agent === undefined) return;
  bus.publish({
    subject: Cancel.toSubject({ ns, agent }),
    payload: Cancel.encode({ run, task, attempt }),
    headers: headersOf(
      Cancel,
      { id: `${task}-${attempt}-cancel`, source: `/router/${router}`, conversation: run, attempt },
      bus.now(),
    ),
  });
}

import { Cron } from 'croner';
import { BusError } from '../errors.ts';
import type { Recurrence } from '../port.ts';

/** The time that comes after another. Throws `BusError` `unavailable`, as a server does, for what is no cron expression, no time zone, or never comes. */
export function timesOf({ cron, timeZone = 'UTC' }: Recurrence): (ms: number) => number {
  const refused = (cause?: unknown): BusError =>
    new BusError('unavailable', `message schedules pattern is invalid: ${cron} ${timeZone}`, { cause });
  let times: Cron;
  try {
    times = new Cron(cron, { mode: '6-part', timezone: timeZone, paused: true });
    if (times.nextRun() === null) throw refused();
  } catch (error) {
    throw error instanceof BusError ? error : refused(error);
  }
  return (ms) => {
    const next = times.nextRun(new Date(ms));
    if (next === null) throw refused();
    return next.getTime();
  };
}

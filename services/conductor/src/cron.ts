import { ContractError } from '@parley/contracts';
import { Cron } from 'croner';

/** One field: numbers or names, ranges, lists, steps. What the server and `croner` read alike; 7 for Sunday, `?` and `L` they do not. */
const FIELD =
  /^(\*(\/\d+)?|[0-9A-Za-z]+(-[0-9A-Za-z]+(\/\d+)?)?)(,(\*(\/\d+)?|[0-9A-Za-z]+(-[0-9A-Za-z]+(\/\d+)?)?))*$/;

/** Times that are shown. */
const SHOWN = 3;

/** The next times of a cron expression of five fields, in milliseconds since 1970. Throws `ContractError` `message_invalid` with the field. */
export function nextTimes(cron: string, timeZone: string | undefined, now: number): number[] {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => FIELD.test(field)) || /7/.test(dayOfWeek(fields)))
    throw wrong(
      'cron',
      `${JSON.stringify(cron)} is no cron expression: give minute, hour, day, month and day of the week (0 is Sunday), for example "0 9 * * MON-FRI"`,
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw wrong('timeZone', `${JSON.stringify(timeZone)} is no time zone; give a name such as Europe/Berlin`);
  let times: Date[];
  try {
    times = new Cron(`0 ${fields.join(' ')}`, { mode: '6-part', timezone: timeZone ?? 'UTC', paused: true }).nextRuns(
      SHOWN,
      new Date(now),
    );
  } catch (cause) {
    throw wrong('cron', `${JSON.stringify(cron)}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (times.length === 0) throw wrong('cron', `${JSON.stringify(cron)} never comes; give a day that exists`);
  return times.map((time) => time.getTime());
}

const dayOfWeek = (fields: readonly string[]): string => fields[4] ?? '';

/** As the server reads it: with seconds. */
export const serverCron = (cron: string): string => `0 ${cron.trim().split(/\s+/).join(' ').toUpperCase()}`;

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

const wrong = (field: string, message: string): ContractError =>
  new ContractError('message_invalid', message, { field: `/${field}` });

import { randomUUID } from 'node:crypto';
import { type Bus, BusError, type Running } from '@parley/bus';
import {
  type Body,
  ContractError,
  encodeJson,
  QuerySchedules,
  ScheduleAdd,
  ScheduleDue,
  type ScheduledStart,
  ScheduleRemove,
  ScheduleTimer,
} from '@parley/contracts';
import { nextTimes, serverCron } from './cron.ts';
import { type Intake, untrusted } from './intake.ts';

/** Most schedules that are listed. */
const MAX_LISTED = 1_000;

/**
 * Scheduled starts. Each is one message in TIMERS, a schedule of the server: that is all that is kept of it, so there is nothing to arm again and nothing to get out of step. What the server publishes
 * when it is due is taken as a submission (`intake.scheduled`), under a run id of schedule and time: delivered again it is the same run.
 */
export async function serveSchedules(bus: Bus, intake: Intake): Promise<Running[]> {
  const queue = { queue: 'conductor' };

  async function add(ns: string, schedule: string, body: Body<typeof ScheduleAdd>): Promise<Uint8Array> {
    const now = bus.now();
    const next = timesOf(body, now);
    await intake.check(ns, body);
    const subject = ScheduleTimer.toSubject({ ns, schedule });
    const start: ScheduledStart = { ...body, id: randomUUID(), addedAt: now };
    const replaced = (await bus.last('TIMERS', subject)) !== undefined;
    const timer = { id: start.id, subject, payload: ScheduleTimer.encode(start) };
    const { at, cron, timeZone } = body;
    const when = cron === undefined ? (at ?? now) : { cron: serverCron(cron), timeZone };
    try {
      await bus.schedule(timer, ScheduleDue.toSubject({ ns, schedule }), when);
    } catch (error) {
      // What the server alone finds wrong: a range that runs backwards, a time zone that it does not know.
      if (error instanceof BusError && error.message.includes('message schedules'))
        throw new ContractError('message_invalid', error.message, { field: '/cron', cause: error });
      throw error;
    }
    return encodeJson({ schedule, replaced, next });
  }

  async function list(ns: string): Promise<Uint8Array> {
    const timers = await bus.lastPerSubject('TIMERS', ScheduleTimer.filter({ ns }), MAX_LISTED);
    const schedules = timers.map(({ subject, payload }) => {
      const { input: _, ...start } = ScheduleTimer.decode(payload);
      const schedule = ScheduleTimer.parseSubject(subject)?.schedule ?? '';
      return { schedule, ...start, next: timesOf(start, bus.now(), true) };
    });
    return encodeJson({ schedules: schedules.toSorted((a, b) => (a.schedule < b.schedule ? -1 : 1)) });
  }

  return [
    await bus.serve(
      ScheduleAdd.filter(),
      (message) => {
        const { ns, schedule } = paramsOf(ScheduleAdd, message.subject);
        return add(ns, schedule, ScheduleAdd.parse(untrusted(message.payload)));
      },
      queue,
    ),
    await bus.serve(
      ScheduleRemove.filter(),
      async (message) => {
        const subject = ScheduleTimer.toSubject(paramsOf(ScheduleRemove, message.subject));
        return encodeJson({ removed: await bus.cancelSchedule('TIMERS', subject) });
      },
      queue,
    ),
    await bus.serve(
      QuerySchedules.filter(),
      (message) => list(QuerySchedules.parseSubject(message.subject)?.ns ?? ''),
      queue,
    ),
  ];
}

/** When it is due next. Throws `ContractError` `message_invalid` for one that could not be added. */
function timesOf(
  { at, cron, timeZone }: Pick<ScheduledStart, 'at' | 'cron' | 'timeZone'>,
  now: number,
  isKept = false,
) {
  const wrong = (field: string, message: string): ContractError =>
    new ContractError('message_invalid', message, { field });
  if ((at === undefined) === (cron === undefined)) throw wrong('/at', 'give either at or cron');
  if (cron !== undefined) return nextTimes(cron, timeZone, now);
  if (timeZone !== undefined) throw wrong('/timeZone', 'a time zone goes with cron alone; at is a moment');
  if (at === undefined) return [];
  if (at <= now && !isKept) throw wrong('/at', `${new Date(at).toISOString()} is over; give a time to come`);
  return [at];
}

function paramsOf(
  message: { subject: string; parseSubject(subject: string): { ns: string; schedule: string } | undefined },
  subject: string,
): { ns: string; schedule: string } {
  const params = message.parseSubject(subject);
  if (params !== undefined) return params;
  throw new ContractError('subject_invalid', `${subject} is not ${message.subject}`);
}

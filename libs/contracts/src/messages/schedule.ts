import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { Json } from '../json.ts';
import { Token } from '../tokens.ts';

/** What a scheduled start submits when it is due. */
const Start = {
  workflow: Token,
  /** A registered version; the newest when it is due, when left out. */
  version: z.int().min(1).optional(),
  input: Json,
  by: z.string().max(256).optional(),
};

/** Once, at a time in milliseconds since 1970; or again and again, by a cron expression of five fields in a time zone (IANA name, UTC when left out). */
const When = {
  at: z.int().positive().optional(),
  cron: z.string().min(1).max(200).optional(),
  timeZone: z.string().min(1).max(64).optional(),
};

/** A scheduled start as it is kept: in the timer, and in what the server publishes when it is due. */
export const ScheduledStart = z.object({
  ...Start,
  ...When,
  /** Of this schedule and no other, also when the name is used again. */
  id: Token,
  /** When it was added, in milliseconds since 1970. */
  addedAt: z.int().nonnegative(),
});
export type ScheduledStart = z.infer<typeof ScheduledStart>;

/** Adds a scheduled start, in place of one of the same name. Refused: `workflow_unknown`, `message_invalid` with the field. */
export const ScheduleAdd = defineMessage({
  type: 'schedule.add',
  subject: 'parley.v1.schedule.add.{ns}.{schedule}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  performative: 'request',
  why: 'starts a workflow later, once or again and again',
  body: z.strictObject({ ...Start, ...When }),
  reply: z.object({ schedule: Token, replaced: z.boolean(), next: z.array(z.int()) }),
});

export const ScheduleRemove = defineMessage({
  type: 'schedule.remove',
  subject: 'parley.v1.schedule.remove.{ns}.{schedule}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  performative: 'cancel',
  why: 'takes a scheduled start back; what was due before starts',
  body: z.object({}),
  reply: z.object({ removed: z.boolean() }),
});

/** The durable timer of a scheduled start: a schedule of the server, once or by cron. */
export const ScheduleTimer = defineMessage({
  type: 'schedule.timer',
  subject: 'parley.v1.schedule.timer.{ns}.{schedule}',
  delivery: 'TIMERS',
  from: ['conductor'],
  to: ['conductor'],
  why: 'a scheduled start, until it is taken back or was due for the last time',
  body: ScheduledStart,
});

export const ScheduleDue = defineMessage({
  type: 'schedule.due',
  subject: 'parley.v1.schedule.due.{ns}.{schedule}',
  delivery: 'TIMERS',
  from: [],
  to: ['conductor'],
  why: 'published by the server when a scheduled start is due',
  body: ScheduledStart,
});

export const QuerySchedules = defineMessage({
  type: 'query.schedules',
  subject: 'parley.v1.query.schedules.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'the scheduled starts of a namespace, with the times that come next',
  body: z.object({}),
  reply: z.object({
    schedules: z.array(ScheduledStart.omit({ input: true }).extend({ schedule: Token, next: z.array(z.int()) })),
  }),
});

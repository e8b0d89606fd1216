import {
  ContractError,
  decodeUntrustedJson,
  encodeJson,
  HEADER,
  type Json,
  type Limits,
  type Problem,
  runIdOfKey,
  runIdOfMessage,
  runIdOfSchedule,
  runIdOfTask,
  RunSubmission,
  ScheduleDue,
  type ScheduledStart,
  TaskAnnouncement,
  WorkflowDefinition,
} from '@parley/contracts';
import type { Bus, CoreMessage, Delivery, StoredMessage } from '@parley/bus';
import { jsonSchemaCheck, type Signal } from '@parley/core';
import { isRecording, newTraceparent, parseTraceparent } from '@parley/tracing';
import type { RunKey } from './run-log.ts';
import type { Workflows } from './workflows.ts';

/** A submission that may start its run. */
export interface Accepted {
  readonly key: RunKey;
  readonly signal: Signal;
  readonly traceparent: string | undefined;
}

/** Where a message stands in its stream; what identifies a submission without an idempotency key. */
interface Position {
  readonly streamCreatedAt: number;
  readonly sequence: number;
  readonly at: number;
}

export const MAX_SUBMISSION_BYTES = 256 * 1024;

/** Checks what outsiders send and turns it into the first signal of a run. Everything wrong is a `ContractError`. */
export interface Intake {
  submission(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position): Promise<Accepted>;
  announcement(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position): Promise<Accepted>;
  /** A scheduled start that is due. Its run is named by the schedule and the time: due once, it is one run, however often it is delivered. */
  scheduled(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position): Promise<Accepted>;
  /** Throws what a submission of this would be refused with. */
  check(ns: string, request: { workflow: string; version?: number | undefined; input: Json }): Promise<void>;
  /**
   * What is wrong with a submission or announcement, before it is stored anywhere; for its NATS reply subject. Nothing when the sender named another place
   * for the answer: then its reply subject awaits the stream's acknowledgement, which an answer must not overtake.
   */
  problemOf(message: CoreMessage): Promise<Problem | undefined>;
}

export function createIntake(workflows: Workflows): Intake {
  /** The definition that a run is pinned to, when its input fits. */
  async function pinned(ns: string, { workflow, version, input }: Parameters<Intake['check']>[1]) {
    const digest = await workflows.digest(ns, workflow, version);
    const plan = await workflows.plan(digest);
    checkInput(plan.definition, input);
    return { digest, plan };
  }

  async function submission(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position) {
    const params = RunSubmission.parseSubject(message.subject);
    if (params === undefined) {
      throw new ContractError('subject_invalid', `${message.subject} is not ${RunSubmission.subject}`);
    }
    const { ns, workflow } = params;
    const body = RunSubmission.parse(untrusted(message.payload));
    const { digest, plan } = await pinned(ns, { workflow, version: body.version, input: body.input });
    const run =
      body.idempotencyKey === undefined
        ? runIdOfMessage(ns, position.streamCreatedAt, position.sequence)
        : runIdOfKey(ns, body.idempotencyKey);
    return {
      key: { ns, run },
      traceparent: traceOf(message),
      signal: {
        id: `submit-${run}`,
        at: position.at,
        kind: 'submitted' as const,
        workflow,
        digest,
        input: body.input,
        limits: lowest(plan.definition.limits, body.limits),
        ...(body.by === undefined ? {} : { by: body.by }),
      },
    };
  }

  async function announcement(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position) {
    const params = TaskAnnouncement.parseSubject(message.subject);
    if (params === undefined) {
      throw new ContractError('subject_invalid', `${message.subject} is not ${TaskAnnouncement.subject}`);
    }
    const { ns, capability } = params;
    const body = TaskAnnouncement.parse(untrusted(message.payload));
    const definition = WorkflowDefinition.parse({
      name: capability,
      root: {
        kind: 'task',
        id: 'task',
        capability,
        input: { $from: '/input' },
        criteria: body.criteria,
        performMs: body.performMs,
        attempts: body.attempts,
      },
    });
    const { digest } = await workflows.pin(definition);
    const run = runIdOfTask(ns, body.task);
    return {
      key: { ns, run },
      traceparent: traceOf(message),
      signal: {
        id: `announce-${run}`,
        at: position.at,
        kind: 'submitted' as const,
        workflow: capability,
        digest,
        input: body.input,
        limits: body.limits ?? {},
        announced: { task: body.task },
      },
    };
  }

  async function scheduled(message: Pick<StoredMessage, 'subject' | 'payload' | 'headers'>, position: Position) {
    const params = ScheduleDue.parseSubject(message.subject);
    if (params === undefined)
      throw new ContractError('subject_invalid', `${message.subject} is not ${ScheduleDue.subject}`);
    const { ns, schedule } = params;
    const start = ScheduleDue.decode(message.payload);
    const { workflow, input, id } = start;
    const { digest, plan } = await pinned(ns, start);
    const run = runIdOfSchedule(ns, id, occurrenceOf(start, message));
    return {
      key: { ns, run },
      traceparent: traceOf(message),
      signal: {
        id: `schedule-${run}`,
        at: position.at,
        kind: 'submitted' as const,
        workflow,
        digest,
        input,
        limits: lowest(plan.definition.limits),
        by: `schedule ${schedule}`,
      },
    };
  }

  return {
    submission,
    announcement,
    scheduled,
    async check(ns, request) {
      await pinned(ns, request);
    },
    async problemOf(message) {
      if (message.headers[HEADER.replyTo] !== undefined) return undefined;
      const nowhere = { streamCreatedAt: 0, sequence: 0, at: 0 };
      try {
        if (RunSubmission.parseSubject(message.subject) !== undefined) await submission(message, nowhere);
        else await announcement(message, nowhere);
        return undefined;
      } catch (error) {
        if (error instanceof ContractError) return error.toProblem();
        throw error;
      }
    },
  };
}

/** Names the time at which a schedule was due: its own, or by cron the time after it, which no other firing has. */
function occurrenceOf({ at }: ScheduledStart, { headers }: Pick<StoredMessage, 'headers'>): string {
  if (at !== undefined) return String(at);
  const next = Date.parse(headers[HEADER.scheduleNext] ?? '');
  if (Number.isNaN(next))
    throw new ContractError('message_invalid', `a schedule by cron fired without ${HEADER.scheduleNext}`);
  return `before-${next}`;
}

/** JSON from outside. Throws `ContractError` when it is too large, too deep or none. */
export function untrusted(payload: Uint8Array): unknown {
  if (payload.length > MAX_SUBMISSION_BYTES) {
    throw new ContractError(
      'payload_too_large',
      `the payload has ${payload.length} bytes; at most ${MAX_SUBMISSION_BYTES} are accepted, send large content by reference`,
    );
  }
  return decodeUntrustedJson(payload);
}

const inputChecks = new WeakMap<object, (value: unknown) => string | undefined>();

function checkInput(definition: WorkflowDefinition, input: unknown): void {
  if (definition.inputSchema === undefined) return;
  let check = inputChecks.get(definition.inputSchema);
  if (check === undefined) {
    check = jsonSchemaCheck(definition.inputSchema);
    inputChecks.set(definition.inputSchema, check);
  }
  const fault = check(input);
  if (fault !== undefined) throw new ContractError('message_invalid', `input: ${fault}`, { field: '/input' });
}

/** Both hold: a submission may lower what its workflow may use, never raise it. */
function lowest(a: Limits = {}, b: Limits = {}): Limits {
  const least = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? (x ?? y) : Math.min(x, y);
  const tokens = least(a.tokens, b.tokens);
  const microUsd = least(a.microUsd, b.microUsd);
  return { ...(tokens === undefined ? {} : { tokens }), ...(microUsd === undefined ? {} : { microUsd }) };
}

/** The trace that the sender is in; without one, a new trace when somebody records. (The server reads the header of every message that has it.) */
function traceOf(message: Pick<StoredMessage, 'headers'>): string | undefined {
  const given = message.headers[HEADER.traceparent];
  if (given !== undefined && parseTraceparent(given) !== undefined) return given;
  return isRecording() ? newTraceparent() : undefined;
}

/** Tells the sender of a message what became of it, when it asked to be told (header `parley-reply-to`). */
export function replyTo(bus: Bus, delivery: Delivery, answer: { run: string } | Problem): void {
  const subject = delivery.headers[HEADER.replyTo];
  if (subject !== undefined && /^[A-Za-z0-9_.-]{1,256}$/.test(subject) && subject.startsWith('_INBOX')) {
    bus.publish({ subject, payload: encodeJson('code' in answer ? { error: answer } : answer) });
  }
}

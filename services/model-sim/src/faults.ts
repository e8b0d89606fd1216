import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ApiError, ERROR_STATUS, type ApiErrorType } from './api-error.ts';

const afterEvents = z.int().nonnegative();
const ms = z.int().nonnegative().max(3_600_000);
const errorType = z.enum(Object.keys(ERROR_STATUS) as [ApiErrorType, ...ApiErrorType[]]);

/** One thing that goes wrong with a request. Several may be combined, such as latency and a cut. */
export const Fault = z.discriminatedUnion('kind', [
  /** 429; with `spendLimit` the kind that waiting does not help, without `retry-after`. */
  z.strictObject({
    kind: z.literal('rate_limit'),
    retryAfterSeconds: z.number().nonnegative().optional(),
    spendLimit: z.boolean().optional(),
  }),
  /** 529. */
  z.strictObject({ kind: z.literal('overloaded'), retryAfterSeconds: z.number().nonnegative().optional() }),
  /** 500, or any error of the API. */
  z.strictObject({
    kind: z.literal('error'),
    type: errorType.default('api_error'),
    status: z.int().min(400).max(599).optional(),
  }),
  /** A pause before the response headers. */
  z.strictObject({ kind: z.literal('latency'), ms }),
  /** A pause before every event of a stream. */
  z.strictObject({ kind: z.literal('token_latency'), ms }),
  /** The connection breaks after so many events (`clean`: the body ends as if it were whole). */
  z.strictObject({ kind: z.literal('cut'), afterEvents, clean: z.boolean().optional() }),
  /** An `error` event inside the stream after so many events. */
  z.strictObject({ kind: z.literal('stream_error'), afterEvents, type: errorType.default('overloaded_error') }),
  /** An event whose data is not JSON after so many events. */
  z.strictObject({ kind: z.literal('malformed'), afterEvents }),
  /** Silence: before the headers, or after so many events. */
  z.strictObject({ kind: z.literal('hang'), afterEvents: afterEvents.optional() }),
  /** The connection breaks before the headers. */
  z.strictObject({ kind: z.literal('reset') }),
]);
export type Fault = z.infer<typeof Fault>;

const FaultRule = z.strictObject({
  fault: z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(Fault).min(1)),
  model: z.string().optional(),
  agent: z.string().optional(),
  runId: z.string().optional(),
  /** Which of the matching requests, counted from 1; default all. */
  nth: z.union([z.int().positive(), z.array(z.int().positive())]).optional(),
  /** At most this many requests. */
  times: z.int().positive().optional(),
  /** Chance per matching request, drawn from the plan's seed: the same plan hits the same requests. */
  probability: z.number().min(0).max(1).optional(),
});

/** Rules with a seed; the first rule that applies decides. A bare array of rules is a plan with seed 0. */
export const FaultPlan = z.preprocess(
  (value) => (Array.isArray(value) ? { rules: value } : value),
  z.strictObject({ seed: z.int().default(0), rules: z.array(FaultRule) }),
);
export type FaultPlan = z.infer<typeof FaultPlan>;

type FaultInput = z.input<typeof Fault>;
/** A rule as it is written: one fault or several. */
export type FaultRuleInput = Omit<z.input<typeof FaultRule>, 'fault'> & { fault: FaultInput | FaultInput[] };
export type FaultPlanInput = FaultRuleInput[] | { seed?: number; rules: FaultRuleInput[] };

export interface FaultSubject {
  model: string;
  agent: string | undefined;
  runId: string | undefined;
}

/** Decides which faults a request meets; counts the requests each rule has matched. */
export class FaultInjector {
  readonly plan: FaultPlan;
  readonly #matched: number[];
  readonly #applied: number[];

  constructor(plan: FaultPlan = { seed: 0, rules: [] }) {
    this.plan = plan;
    this.#matched = plan.rules.map(() => 0);
    this.#applied = plan.rules.map(() => 0);
  }

  next(subject: FaultSubject): Fault[] {
    let chosen: Fault[] | undefined;
    for (const [index, rule] of this.plan.rules.entries()) {
      if (rule.model !== undefined && rule.model !== subject.model) continue;
      if (rule.agent !== undefined && rule.agent !== subject.agent) continue;
      if (rule.runId !== undefined && rule.runId !== subject.runId) continue;
      const count = (this.#matched[index] ?? 0) + 1;
      this.#matched[index] = count;
      const nth = typeof rule.nth === 'number' ? [rule.nth] : rule.nth;
      if (chosen !== undefined || (nth !== undefined && !nth.includes(count))) continue;
      if (rule.times !== undefined && (this.#applied[index] ?? 0) >= rule.times) continue;
      if (rule.probability !== undefined && draw(this.plan.seed, index, count) >= rule.probability) continue;
      this.#applied[index] = (this.#applied[index] ?? 0) + 1;
      chosen = rule.fault;
    }
    return chosen ?? [];
  }
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function draw(seed: number, rule: number, count: number): number {
  return createHash('sha256').update(`${seed}/${rule}/${count}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** The faults of a request, sorted by where they take effect. */
export interface FaultEffects {
  latencyMs: number;
  eventLatencyMs: number;
  /** Nothing is ever sent. */
  silent: boolean;
  reset: boolean;
  error: ApiError | undefined;
  /** The first thing that ends a stream early. */
  stop: { after: number; how: 'cut' | 'end' | 'hang' | 'malformed' | { error: ApiErrorType } } | undefined;
}

export function effectsOf(faults: readonly Fault[]): FaultEffects {
  const effects: FaultEffects = {
    latencyMs: 0,
    eventLatencyMs: 0,
    silent: false,
    reset: false,
    error: undefined,
    stop: undefined,
  };
  const stopAt = (after: number, how: NonNullable<FaultEffects['stop']>['how']): void => {
    if (effects.stop === undefined || after < effects.stop.after) effects.stop = { after, how };
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'rate_limit':
        effects.error ??= rateLimit(fault.retryAfterSeconds, fault.spendLimit === true);
        break;
      case 'overloaded':
        effects.error ??= new ApiError('overloaded_error', 'Overloaded', {
          headers: retryAfter(fault.retryAfterSeconds),
        });
        break;
      case 'error':
        effects.error ??= new ApiError(
          fault.type,
          'Injected error',
          fault.status === undefined ? {} : { status: fault.status },
        );
        break;
      case 'latency':
        effects.latencyMs += fault.ms;
        break;
      case 'token_latency':
        effects.eventLatencyMs += fault.ms;
        break;
      case 'cut':
        stopAt(fault.afterEvents, fault.clean === true ? 'end' : 'cut');
        break;
      case 'stream_error':
        stopAt(fault.afterEvents, { error: fault.type });
        break;
      case 'malformed':
        stopAt(fault.afterEvents, 'malformed');
        break;
      case 'hang':
        if (fault.afterEvents === undefined) effects.silent = true;
        else stopAt(fault.afterEvents, 'hang');
        break;
      case 'reset':
        effects.reset = true;
        break;
    }
  }
  return effects;
}

function rateLimit(seconds: number | undefined, spendLimit: boolean): ApiError {
  return spendLimit
    ? new ApiError('rate_limit_error', 'You have reached your spend limit', {
        errorCode: 'enforced_spend_limit_reached',
      })
    : new ApiError('rate_limit_error', 'Rate limited', { headers: retryAfter(seconds ?? 1) });
}

const retryAfter = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) };

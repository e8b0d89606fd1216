import type { Bus } from '@parley/bus';
import type { Amount, UsageTotals } from '@parley/contracts';
import type { ModelError, ModelProvider, ModelRequest, ModelResponse, PriceTable, Usage } from '@parley/model';
import type { AgentLog } from './agent-log.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import { RetryableError, TerminalError } from './errors.ts';
import type { Clocks } from './lease-clock.ts';
import { addUsage, noUsage, type PaidAnswer, type TaskMeta } from './performance.ts';
import { loadModelPackage } from './model-package.ts';
import { type HeldPermit, LeaseLapsed, type PermitKeeper } from './permit-keeper.ts';
import { type Grant, requestPermit } from './permit-request.ts';
import { GenAi, GenAiOperation, spanName, withSpan } from '@parley/tracing';
import { backoffMs, wait } from './wait.ts';

/** Model calls behind permits: reserve, call, settle. */
export interface PaidCalls {
  /** Throws `ModelError`, `TerminalError` or `StopWork`. Calls back with what each try used, failed ones too, as it is settled. */
  call(
    task: TaskMeta,
    request: ModelRequest,
    signal: AbortSignal,
    onUsage: (used: UsageTotals) => void,
  ): Promise<PaidAnswer>;
}

export interface PaidCallOptions {
  readonly bus: Bus;
  /** Asked for at the first call. */
  readonly provider: () => Promise<ModelProvider>;
  /** Left out, the default prices of the model package. */
  readonly prices?: PriceTable | undefined;
  readonly permits: PermitKeeper;
  readonly clocks: Clocks;
  readonly log: AgentLog;
  readonly metrics: AgentMetrics;
}

const TRIES = 3;
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 20_000;

export function createPaidCalls(options: PaidCallOptions): PaidCalls {
  const { prices, permits, log, metrics } = options;
  let loaded: Promise<ModelProvider> | undefined;
  const loadProvider = (): Promise<ModelProvider> => (loaded ??= options.provider());

  /** One try under its own permit. Resolves with the answer or the error, and what it is charged. */
  async function once(
    task: TaskMeta,
    request: ModelRequest,
    signal: AbortSignal,
    onUsage: (used: UsageTotals) => void,
  ): Promise<Try> {
    const { maxCostMicroUsd, costMicroUsd } = await loadModelPackage();
    const provider = await loadProvider();
    const settle = (permit: HeldPermit, used: Usage): UsageTotals =>
      settleUsed(permit, used, costMicroUsd(request.model, used, prices));
    const promptTokens = provider.countUpperBound(request);
    const { model, maxTokens } = request;
    const bound: Bound = {
      promptTokens,
      maxTokens,
      microUsd: maxCostMicroUsd(model, { promptTokens, maxTokens }, prices),
    };
    const hold = (grant: Grant): HeldPermit => permits.hold({ ...grant, run: task.run, epoch: task.epoch });
    const unwanted = (late: Promise<Grant | undefined>): void =>
      permits.keepOpenFor(late.then((grant) => (grant === undefined ? undefined : hold(grant).close(released))));
    const permit = hold(await requestPermit(options, task, { model, bound: amountOf(bound) }, signal, unwanted));
    if (signal.aborted || permit.remainingMs() <= 0) {
      permit.close(released);
      signal.throwIfAborted();
      return { error: new LeaseLapsed('the permit lapsed before the call'), usage: noUsage() };
    }
    const startedAt = performance.now();
    const count = (outcome: 'ok' | 'error' | 'aborted', usage: UsageTotals): void => {
      onUsage(usage);
      metrics.modelCall({ model, outcome, ...usage, ms: performance.now() - startedAt });
    };
    try {
      const response = await provider.complete(request, { signal: AbortSignal.any([signal, permit.signal]) });
      const usage = settle(permit, response.usage);
      count('ok', usage);
      return { response, usage };
    } catch (error) {
      const usage = settleFailed(permit, error, bound, settle);
      count(signal.aborted || permit.signal.aborted ? 'aborted' : 'error', usage);
      signal.throwIfAborted();
      return { error: permit.signal.aborted ? permit.signal.reason : error, usage };
    }
  }

  async function call(...[task, request, signal, onUsage]: Parameters<PaidCalls['call']>): Promise<PaidAnswer> {
    const usage = noUsage();
    for (let tries = 1; ; tries++) {
      const outcome = await once(task, request, signal, onUsage);
      addUsage(usage, outcome.usage);
      if ('response' in outcome) return { response: outcome.response, usage };
      const { error } = outcome;
      if (tries >= TRIES || !mayRetry(error)) throw final(error);
      const wish = isModelError(error) ? error.retryAfterMs : undefined;
      const delayMs = wish ?? backoffMs(tries, RETRY_BASE_MS, RETRY_MAX_MS);
      log.warn({ event: 'model.retry', run: task.run, task: task.task, tries, delayMs, err: error });
      await wait(delayMs, signal);
    }
  }

  return {
    call: (task, request, signal, onUsage) =>
      withSpan(
        spanName.chat(request.model),
        {
          attributes: {
            [GenAi.OPERATION_NAME]: GenAiOperation.CHAT,
            [GenAi.REQUEST_MODEL]: request.model,
            [GenAi.REQUEST_MAX_TOKENS]: request.maxTokens,
          },
        },
        async (span) => {
          const answer = await call(task, request, signal, onUsage);
          span.setAttributes({
            [GenAi.PROVIDER_NAME]: (await loadProvider()).name,
            [GenAi.RESPONSE_MODEL]: answer.response.model,
            [GenAi.RESPONSE_FINISH_REASONS]: [answer.response.stopReason],
            [GenAi.USAGE_INPUT_TOKENS]: answer.usage.inputTokens,
            [GenAi.USAGE_OUTPUT_TOKENS]: answer.usage.outputTokens,
          });
          return answer;
        },
      ),
  };
}

function settleUsed(permit: HeldPermit, used: Usage, microUsd: number): UsageTotals {
  const totals = totalsOf(used, microUsd);
  const { inputTokens, outputTokens } = totals;
  permit.close({
    outcome: 'settled',
    used: { tokens: inputTokens + outputTokens, microUsd },
    inputTokens,
    outputTokens,
  });
  return totals;
}

interface Bound {
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly microUsd: number;
}

const amountOf = ({ promptTokens, maxTokens, microUsd }: Bound): Amount => ({
  tokens: promptTokens + maxTokens,
  microUsd,
});

/** What is not known to be unused counts as used: the whole bound, or its output alone when the provider told the input. */
function settleFailed(
  permit: HeldPermit,
  error: unknown,
  bound: Bound,
  settle: (permit: HeldPermit, used: Usage) => UsageTotals,
): UsageTotals {
  const known = isModelError(error) ? error.usage : undefined;
  if (known !== undefined) return settle(permit, { ...known, outputTokens: known.outputTokens ?? bound.maxTokens });
  if (isModelError(error) && neverServed(error)) {
    permit.close(released);
    return noUsage();
  }
  const { promptTokens: inputTokens, maxTokens: outputTokens, microUsd } = bound;
  permit.close({ outcome: 'settled', used: amountOf(bound), inputTokens, outputTokens });
  return { inputTokens, outputTokens, microUsd, modelCalls: 1 };
}

type Try = { readonly usage: UsageTotals } & ({ readonly response: ModelResponse } | { readonly error: unknown });

/** For an instance that was started without a provider. */
export const noPaidCalls: PaidCalls = {
  call: () => Promise.reject(new TerminalError('model_missing', 'this agent was started without a model provider')),
};

const released = { outcome: 'released', used: { tokens: 0, microUsd: 0 }, inputTokens: 0, outputTokens: 0 } as const;

/** Usage as it is counted: cached prompt tokens are input. */
export function totalsOf(used: Usage, microUsd: number): UsageTotals {
  const inputTokens = used.inputTokens + used.cacheReadTokens + used.cacheWriteTokens;
  return { inputTokens, outputTokens: used.outputTokens, microUsd, modelCalls: 1 };
}

const REFUSED_AT_THE_DOOR = new Set([400, 401, 403, 404, 413, 422, 429, 529]);
const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** True when nothing was sent, or the provider answered that it will not, or was never reached: nothing can have been used. */
function neverServed(error: ModelError): boolean {
  if (error.unsent) return true;
  if (error.status !== undefined && REFUSED_AT_THE_DOOR.has(error.status)) return true;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && UNREACHED.has(String(cause.code))) return true;
  }
  return false;
}

const final = (error: unknown): unknown =>
  error instanceof LeaseLapsed
    ? new RetryableError('permits lapse before the call ends', { retryAfterMs: 1_000, cause: error })
    : error;

const mayRetry = (error: unknown): boolean => error instanceof LeaseLapsed || (isModelError(error) && error.retryable);

const isModelError = (error: unknown): error is ModelError => error instanceof Error && error.name === 'ModelError';

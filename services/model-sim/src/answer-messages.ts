import { ApiError } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import { effectsOf, type Fault, type FaultEffects } from './faults.ts';
import { identityOf, type JournalEntry } from './journal.ts';
import { buildMessage, type WireMessage } from './message.ts';
import { isKnownModel, MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS } from './models.ts';
import type { PromptCache } from './prompt-cache.ts';
import { type MessagesRequest, parseMessagesRequest } from './request.ts';
import type { ScriptedReply } from './scenario.ts';
import { encodeSse, streamEvents } from './stream-events.ts';
import { promptTokens, segmentsOf } from './tokens.ts';

/** What answering needs from the server. */
export interface Answering {
  reply(request: MessagesRequest): ScriptedReply;
  faultsFor(subject: { model: string; agent: string | undefined; runId: string | undefined }): Fault[];
  readonly cache: PromptCache;
}

/**
 * Answers one `/v1/messages` request. Order: validation, faults before the headers, the brain, the answer with the faults of its
 * stream. Throws `ApiError` for what is answered as an error.
 */
export async function answerMessages(
  exchange: Exchange,
  body: unknown,
  entry: JournalEntry,
  answering: Answering,
  headerFaults: readonly Fault[],
): Promise<void> {
  const request = parseMessagesRequest(body);
  const identity = identityOf(request.metadata?.user_id);
  Object.assign(entry, { model: request.model, stream: request.stream === true, ...identity });
  checkLimits(request);

  const planned = [
    ...headerFaults,
    ...answering.faultsFor({ model: request.model, agent: identity.agent, runId: identity.runId }),
  ];
  const before = effectsOf(planned);
  note(entry, planned);
  if (!(await passes(exchange, before))) return;

  const reply = answering.reply(request);
  const after = effectsOf(reply.faults);
  note(entry, reply.faults);
  if (!(await passes(exchange, after))) return;

  const segments = segmentsOf(request);
  if (promptTokens(segments) > MAX_INPUT_TOKENS)
    throw new ApiError('invalid_request_error', `prompt is too long: more than ${MAX_INPUT_TOKENS} tokens`);
  const message = buildMessage(
    request,
    reply,
    answering.cache.account(request.model, segments),
    `${entry.requestId}/${entry.bodySha256}`,
  );
  Object.assign(entry, { stopReason: message.stop_reason, usage: message.usage });
  const effects = effectsOf([...planned, ...reply.faults]);
  if (request.stream === true) await stream(exchange, message, effects, entry);
  else await whole(exchange, message, effects);
}

function checkLimits({ model, max_tokens: maxTokens }: MessagesRequest): void {
  if (!isKnownModel(model)) throw new ApiError('not_found_error', `model: ${model}`);
  if (maxTokens > MAX_OUTPUT_TOKENS)
    throw new ApiError('invalid_request_error', `max_tokens: ${maxTokens} > ${MAX_OUTPUT_TOKENS}`);
}

function note(entry: JournalEntry, faults: readonly Fault[]): void {
  if (faults.length > 0) entry.faults = [...(entry.faults ?? []), ...faults.map(({ kind }) => kind)];
}

/** Applies what happens before the headers; false when there is nothing more to send. Throws the injected error. */
async function passes(exchange: Exchange, effects: FaultEffects): Promise<boolean> {
  await exchange.pause(effects.latencyMs);
  if (effects.silent) await exchange.silence();
  if (exchange.gone.aborted) return false;
  if (effects.reset) {
    exchange.cut();
    return false;
  }
  if (effects.error !== undefined) throw effects.error;
  return true;
}

async function stream(
  exchange: Exchange,
  message: WireMessage,
  effects: FaultEffects,
  entry: JournalEntry,
): Promise<void> {
  const events = streamEvents(message);
  const { stop, eventLatencyMs } = effects;
  entry.status = 200;
  entry.events = 0;
  exchange.openStream();
  let pending = '';
  for (const [index, event] of events.entries()) {
    if (stop?.after === index) break;
    if (exchange.gone.aborted) return;
    if (eventLatencyMs > 0) {
      await exchange.pause(eventLatencyMs);
      await exchange.write(encodeSse(event));
    } else pending += encodeSse(event);
    entry.events += 1;
  }
  if (pending !== '') await exchange.write(pending);
  if (stop === undefined || stop.after >= events.length) return exchange.end();
  await breakOff(exchange, stop.how);
}

async function breakOff(exchange: Exchange, how: NonNullable<FaultEffects['stop']>['how']): Promise<void> {
  switch (how) {
    case 'cut':
      return exchange.cut();
    case 'end':
      return exchange.end();
    case 'hang':
      return await exchange.silence();
    case 'malformed':
      await exchange.write('event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n');
      return exchange.end();
    default:
      await exchange.write(
        encodeSse({
          type: 'error',
          error: { type: how.error, message: 'Injected error' },
          request_id: exchange.requestId,
        }),
      );
      return exchange.end();
  }
}

/** Without a stream any fault that would end one breaks the connection or hangs. */
async function whole(exchange: Exchange, message: WireMessage, { stop }: FaultEffects): Promise<void> {
  if (stop === undefined) return exchange.json(200, message);
  if (stop.how === 'hang') return await exchange.silence();
  return exchange.cut();
}

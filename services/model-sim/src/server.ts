import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { answerMessages, type Answering } from './answer-messages.ts';
import { ApiError } from './api-error.ts';
import type { Brain } from './brain.ts';
import { Exchange } from './exchange.ts';
import { createExtractiveBrain } from './extractive/extractive-brain.ts';
import { Fault, FaultInjector, FaultPlan, type FaultPlanInput } from './faults.ts';
import { type JournalEntry, record } from './journal.ts';
import { isKnownModel, modelInfo, modelPage } from './models.ts';
import { PromptCache } from './prompt-cache.ts';
import { parseCountRequest } from './request.ts';
import { Scenario, type ScenarioInput, ScriptedBrain } from './scenario.ts';
import { promptTokens, segmentsOf } from './tokens.ts';

export interface ModelSimOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** What answers where no scenario does. Default: the extractive brain. */
  brain?: Brain;
  scenario?: ScenarioInput;
  faults?: FaultPlanInput;
}

/** A running server. */
export interface ModelSim extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Every request to `/v1`, oldest first, live. */
  readonly journal: readonly JournalEntry[];
  /** Replaces the fault plan and its counts. */
  setFaults(plan: FaultPlanInput): void;
  /** Positions of scenario rules no request has used. */
  unusedRules(): number[];
  /** Breaks all connections and frees the port. */
  stop(): Promise<void>;
}

/** The header with faults for one request: a JSON fault or an array of them. */
export const FAULT_HEADER = 'x-parley-sim-fault';

/** Starts the server. Rejects with `ZodError` for a wrong scenario or fault plan, with the system's error for a port in use. */
export async function startModelSim(options: ModelSimOptions = {}): Promise<ModelSim> {
  const { port = 0, host = '127.0.0.1', brain = createExtractiveBrain() } = options;
  const scripted = new ScriptedBrain(Scenario.parse(options.scenario ?? { rules: [] }), brain);
  const state: State = { journal: [], injector: new FaultInjector(FaultPlan.parse(options.faults ?? [])), requests: 0 };
  const answering: Answering = {
    reply: (request) => scripted.reply(request),
    faultsFor: (subject) => state.injector.next(subject),
    cache: new PromptCache(),
  };
  const server = createServer((request, response) => void handle(request, response, state, answering));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const stop = (): Promise<void> => closed(server);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    journal: state.journal,
    setFaults: (plan) => {
      state.injector = new FaultInjector(FaultPlan.parse(plan));
    },
    unusedRules: () => scripted.unused,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface State {
  readonly journal: JournalEntry[];
  injector: FaultInjector;
  requests: number;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
  answering: Answering,
): Promise<void> {
  state.requests += 1;
  const exchange = new Exchange(request, response, `req_sim_${String(state.requests).padStart(6, '0')}`);
  try {
    await route(exchange, state, answering);
  } catch (error) {
    if (error instanceof ApiError) exchange.error(error);
    else if (exchange.headersSent || exchange.gone.aborted) exchange.cut();
    else exchange.error(new ApiError('api_error', `bug in the simulator: ${String(error)}`, { cause: error }));
  }
}

async function route(exchange: Exchange, state: State, answering: Answering): Promise<void> {
  const { method = 'GET', url = '/' } = exchange.request;
  const { pathname } = new URL(url, 'http://sim');
  if (pathname.startsWith('/v1/')) return await api(exchange, `${method} ${pathname}`, state, answering);
  switch (`${method} ${pathname}`) {
    case 'GET /healthz':
    case 'GET /readyz':
      return exchange.json(200, { status: 'ok' });
    case 'GET /_sim/journal':
      return exchange.json(200, state.journal);
    case 'DELETE /_sim/journal':
      state.journal.length = 0;
      return exchange.json(200, []);
    case 'GET /_sim/faults':
      return exchange.json(200, state.injector.plan);
    case 'POST /_sim/faults':
      state.injector = new FaultInjector(checked(FaultPlan, parseJson(await exchange.body())));
      return exchange.json(200, state.injector.plan);
    case 'DELETE /_sim/faults':
      state.injector = new FaultInjector();
      return exchange.json(200, state.injector.plan);
    default:
      throw new ApiError('not_found_error', `no such path: ${method} ${pathname}`);
  }
}

async function api(exchange: Exchange, route: string, state: State, answering: Answering): Promise<void> {
  const at = new Date().toISOString();
  const path = route.slice(route.indexOf(' ') + 1);
  const entry = record(state.journal, { requestId: exchange.requestId, at, path, bodySha256: '' });
  try {
    const body = await exchange.body();
    entry.bodySha256 = createHash('sha256').update(body).digest('hex');
    authenticate(exchange);
    const model = /^GET \/v1\/models\/([^/]+)$/.exec(route)?.[1];
    if (route === 'POST /v1/messages') {
      await answerMessages(exchange, parseJson(body), entry, answering, faultsInHeader(exchange));
    } else if (route === 'POST /v1/messages/count_tokens') {
      const prompt = parseCountRequest(parseJson(body));
      entry.model = prompt.model;
      exchange.json(200, { input_tokens: promptTokens(segmentsOf(prompt)) });
    } else if (route === 'GET /v1/models') exchange.json(200, modelPage());
    else if (model !== undefined && isKnownModel(model)) exchange.json(200, modelInfo(model));
    else throw new ApiError('not_found_error', `not found: ${route}`);
    if (!exchange.gone.aborted || exchange.headersSent) entry.status ??= 200;
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('api_error', String(error));
    Object.assign(entry, { status: known.status, errorType: known.type });
    throw error;
  } finally {
    const now = new Date().toISOString();
    if (exchange.abandoned) entry.abortedAt = now;
    else entry.finishedAt = now;
  }
}

function authenticate({ request: { headers } }: Exchange): void {
  const bearer = /^Bearer\s+\S+/i.test(headers.authorization ?? '');
  const key = headers['x-api-key'];
  if (!bearer && (key === undefined || key.length === 0)) {
    throw new ApiError('authentication_error', 'send any key as "Authorization: Bearer …" or "x-api-key: …"');
  }
}

function faultsInHeader({ request: { headers } }: Exchange): Fault[] {
  const text = headers[FAULT_HEADER];
  if (typeof text !== 'string') return [];
  return checked(z.union([Fault.transform((fault) => [fault]), z.array(Fault)]), parseJson(Buffer.from(text)));
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError('invalid_request_error', z.prettifyError(result.error), { cause: result.error });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ApiError('invalid_request_error', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const closing = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closing;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './api-error.ts';

/** The API's limit of a request body. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** One HTTP request with what is needed to answer it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  #cutByUs = false;

  constructor(request: IncomingMessage, response: ServerResponse, requestId: string) {
    this.request = request;
    this.requestId = requestId;
    this.#response = response;
    response.on('close', () => this.#gone.abort());
    response.on('error', () => this.#gone.abort());
  }

  /** Fires when the connection is closed, by whichever side. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether the client left before the answer was complete. */
  get abandoned(): boolean {
    return this.#gone.signal.aborted && !this.#cutByUs && !this.#response.writableFinished;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  /** Throws `ApiError` (`request_too_large`). */
  async body(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw new ApiError('request_too_large', `the body exceeds ${MAX_BODY_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    if (this.gone.aborted) return;
    this.#response.writeHead(status, { ...headers, 'content-type': 'application/json', 'request-id': this.requestId });
    this.#response.end(JSON.stringify(body));
  }

  error(error: ApiError): void {
    this.json(error.status, error.toBody(this.requestId), error.headers);
  }

  openStream(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'request-id': this.requestId,
    });
    this.#response.flushHeaders();
  }

  /** Resolves when the text was handed to the system or the connection is gone. */
  write(text: string): Promise<void> {
    if (this.gone.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.gone.addEventListener('abort', () => resolve(), { once: true });
      this.#response.write(text, () => resolve());
    });
  }

  end(): void {
    this.#response.end();
  }

  /** Breaks the connection. */
  cut(): void {
    this.#cutByUs = true;
    this.#response.destroy();
  }

  async pause(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.gone }).catch(() => {});
  }

  /** Resolves when the connection is gone. */
  silence(): Promise<void> {
    if (this.gone.aborted) return Promise.resolve();
    return new Promise((resolve) => this.gone.addEventListener('abort', () => resolve(), { once: true }));
  }
}

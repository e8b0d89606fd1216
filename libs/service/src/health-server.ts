import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** A listening server; disposing it drops open connections. */
export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves `GET /metrics`, `/healthz` (the event loop answers) and `/readyz` (503 with reasons when not ready).
 * Port 0 takes a free one. Rejects with the socket error, e.g. `EADDRINUSE`.
 */
export async function startHealthServer(port: number, health: Health, metrics: Metrics): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return json(response, 405, { error: 'method_not_allowed' });
    switch (path) {
      case '/healthz':
        return json(response, 200, { status: 'ok' });
      case '/readyz': {
        const readiness = health.readiness();
        return json(response, readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics':
        return void metrics.text().then(
          (text) => send(response, 200, metrics.contentType, text),
          (error: unknown) => json(response, 500, { error: 'metrics_failed', message: String(error) }),
        );
      default:
        return json(response, 404, { error: 'not_found' });
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.listen(port);
  await once(server, 'listening');
  return { port: listeningPort(server), [Symbol.asyncDispose]: () => close(server) };
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}

function listeningPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { GatewayOptions } from './options.ts';
import { originForm, pathOf } from './url.ts';

/** The server of an operator's own tools: metrics and health, on an address that customers do not reach. */
export function opsServer(
  options: Pick<GatewayOptions, 'metricsText' | 'ready' | 'log' | 'concerns' | 'healthDetail'>,
): Server {
  const { metricsText, ready, log, concerns, healthDetail } = options;
  /** A line for the status, and one for each concern. */
  const readiness = (status: string): string =>
    [status, ...(concerns?.().map(({ text }) => text) ?? []), ''].join('\n');
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'GET only\n');
    switch (pathOf(originForm(request.url ?? ''))) {
      case '/healthz':
        return send(response, 200, 'ok\n');
      case '/readyz':
        return ready() ? send(response, 200, readiness('ready')) : send(response, 503, readiness('not ready'));
      case '/health':
        return send(
          response,
          ready() ? 200 : 503,
          `${JSON.stringify(healthDetail?.() ?? { status: ready() ? 'ready' : 'not ready' }, undefined, 2)}\n`,
          'application/json',
        );
      case '/metrics':
        Promise.resolve()
          .then(metricsText)
          .then(
            (text) => send(response, 200, text, 'text/plain; version=0.0.4; charset=utf-8'),
            (err: unknown) => {
              log.error({ err }, 'failed');
              send(response, 500, 'the log says why\n');
            },
          );
        return;
      default:
        send(response, 404, 'there are /metrics, /health, /healthz and /readyz\n');
    }
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 100;
  return server;
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

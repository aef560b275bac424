import { createServer, type RequestListener, type Server } from 'node:http';

import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { AppError } from './app-error.ts';
import { trackConnections, type ConnectionTracker } from './connection-tracker.ts';
import { answerProtocolErrors } from './protocol-errors.ts';
import { originForm } from './request-target.ts';

/** Limits on slow clients, in milliseconds. */
export interface HttpTimeouts {
  /** To send the header fields of a request, and the whole request. Else 408. */
  headers: number;
  request: number;
  /** Idle time between requests. */
  keepAlive: number;
  /** Without a byte in either direction during a request: the connection is closed. */
  stalled: number;
  /** The interval at which `headers` and `request` are checked. */
  checkEvery: number;
}

export const HTTP_TIMEOUTS: HttpTimeouts = {
  headers: 10_000,
  request: 30_000,
  // More than an ingress keeps idle connections (60 s), so that the ingress closes first.
  keepAlive: 65_000,
  stalled: 60_000,
  checkEvery: 1000,
};

interface HttpServerOptions {
  handle: RequestListener;
  log: Logger;
  /** Counts requests that are rejected before `handle` receives them. */
  observer?: RequestObserver | undefined;
  timeouts?: HttpTimeouts | undefined;
}

/**
 * Creates a server that does not listen yet. It answers protocol errors with a problem document, closes the
 * connections of slow clients, and passes request targets to `handle` in origin form.
 */
export function createHttpServer(options: HttpServerOptions): {
  server: Server;
  connections: ConnectionTracker;
} {
  const { handle, log, observer, timeouts = HTTP_TIMEOUTS } = options;
  const server = createServer({
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: timeouts.checkEvery,
    // Node would respond without a body; the handler below sends a problem document.
    requireHostHeader: false,
  });
  server.timeout = timeouts.stalled;
  const connections = trackConnections(server);
  const { reject } = answerProtocolErrors(server, connections, { log, observer });
  server.on('request', (request, response) => {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      reject(request, response, new AppError('invalid', 'The header field Host is missing'));
      return;
    }
    request.url = originForm(request.url ?? '');
    handle(request, response);
  });
  return { server, connections };
}

import { createServer, type RequestListener, type Server } from 'node:http';

import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { AppError } from './app-error.ts';
import { followConnections, type Connections } from './draining.ts';
import { answerRefusals } from './refusals.ts';
import { originForm } from './request-target.ts';

/** How long a client may take, in milliseconds. */
export interface HttpTimeouts {
  /** To send the head of a request, and the whole of it: 408. */
  headers: number;
  request: number;
  /** Between requests. */
  keepAlive: number;
  /** Without a byte in either direction while an answer is due or under way: then it is cut. */
  stalled: number;
  /** How often the first two are checked. */
  checkEvery: number;
}

export const HTTP_TIMEOUTS: HttpTimeouts = {
  headers: 10_000,
  request: 30_000,
  // A keep-alive connection outlives an ingress' idle one (60 s): the ingress closes first.
  keepAlive: 65_000,
  stalled: 60_000,
  checkEvery: 1000,
};

interface HttpServerOptions {
  handle: RequestListener;
  log: Logger;
  /** Counts what is refused before `handle` sees it. */
  observer?: RequestObserver | undefined;
  timeouts?: HttpTimeouts | undefined;
}

/**
 * A server that does not listen yet. What HTTP itself forbids is answered with a problem document,
 * clients that take too long are cut, and `handle` sees targets in origin form only.
 */
export function createHttpServer(options: HttpServerOptions): {
  server: Server;
  connections: Connections;
} {
  const { handle, log, observer, timeouts = HTTP_TIMEOUTS } = options;
  const server = createServer({
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: timeouts.checkEvery,
    // Node would answer without a body; see below.
    requireHostHeader: false,
  });
  server.timeout = timeouts.stalled;
  const connections = followConnections(server);
  const { refuse } = answerRefusals(server, connections, { log, observer });
  server.on('request', (request, response) => {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      refuse(request, response, new AppError('invalid', 'The header field Host is missing'));
      return;
    }
    request.url = originForm(request.url ?? '');
    handle(request, response);
  });
  return { server, connections };
}

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { AppError, ERRORS, type ErrorCode } from './app-error.ts';
import type { Connections } from './draining.ts';
import { PROBLEM_TYPE, problemDocument } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

interface RefusalsOptions {
  log: Logger;
  /** Counts them; without it they are only answered and logged. */
  observer?: RequestObserver | undefined;
}

/** Answers requests that never reach the application. */
export interface Refusals {
  /** Refuses a request whose head was read. */
  refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void;
}

/** Every method that any route has. */
const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** How long a refused client may take to read why. */
const LINGER_MS = 1000;

/**
 * Answers what Node's HTTP server would refuse by itself, or close without an answer, as any other
 * error: a problem document, a line in the log, a count. One answer for each connection, which it
 * ends.
 */
export function answerRefusals(
  server: Server,
  connections: Connections,
  { log, observer }: RefusalsOptions,
): Refusals {
  const refused = new WeakSet<Socket>();

  function report(error: AppError, requestId: string, fields: object): void {
    const { status } = ERRORS[error.code];
    observer?.refused(status);
    log.info({ ...fields, status, requestId }, 'Request refused');
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void {
    const requestId = randomUUID();
    sendRefusal(response, error, requestId);
    report(error, requestId, { method: request.method });
  }

  function refuseRaw(socket: Socket, error: AppError, fields: object): void {
    const requestId = randomUUID();
    socket.end(rawRefusal(error, requestId));
    destroyLater(socket);
    report(error, requestId, fields);
  }

  server.on('clientError', (cause: ParseError, duplex) => {
    const socket = duplex as Socket;
    if (refused.has(socket)) return;
    refused.add(socket);
    const exchange = connections.of(socket);
    const { latest } = exchange ?? {};
    const hasSentNothing = socket.bytesRead === 0;
    if (!exchange || !socket.writable || hasSentNothing || cause.code === 'ECONNRESET') {
      socket.destroy();
    } else if (latest && !latest.req.complete) {
      refuseBody(socket, latest, cause);
    } else {
      const error = explain(cause);
      afterAnswers(exchange.unanswered, () => refuseRaw(socket, error, { reason: cause.code }));
    }
  });

  server.on('checkExpectation', (request, response) => {
    refuse(request, response, new AppError('expectation-failed', 'Only 100-continue is expected'));
  });

  server.on('connect', ({ method }, duplex) => {
    const error = new AppError('method-not-allowed', 'This server is not a proxy');
    const socket = duplex as Socket;
    afterAnswers(connections.of(socket)?.unanswered, () => refuseRaw(socket, error, { method }));
  });

  return { refuse };
}

/** Refuses the body of a request that the application is handling. The application logs and counts it. */
function refuseBody(socket: Socket, response: ServerResponse, cause: ParseError) {
  const clientHasGone = cause.code === 'HPE_INVALID_EOF_STATE';
  if (response.headersSent || clientHasGone) {
    socket.destroySoon();
    return;
  }
  const requestId = response.getHeader('X-Request-Id');
  sendRefusal(response, explain(cause), typeof requestId === 'string' ? requestId : randomUUID());
  destroyLater(socket);
}

/** Refuses after the earlier requests on the connection have been answered: they are not at fault. */
function afterAnswers(
  unanswered: ReadonlySet<ServerResponse> | undefined,
  refuse: () => void,
): void {
  const last = [...(unanswered ?? [])].at(-1);
  if (last) last.once('close', refuse);
  else refuse();
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const DETAILS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'headers-too-large': 'The header fields are larger than 16 KiB together',
  'too-large': 'The extensions of the chunked body are too large',
  'request-timeout': 'The request did not arrive in time',
};

const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.\d\r?\n/;

/** What Node adds to the parser's errors. */
interface ParseError extends Error {
  code?: string;
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** Whether the parser stopped at the method of what is otherwise a request. */
function hasUnknownMethod({ code, rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || !rawPacket) return false;
  // Requests that came before may be in the same packet.
  const start = rawPacket.subarray(0, bytesParsed).lastIndexOf('\n') + 1;
  return REQUEST_LINE.test(rawPacket.subarray(start).toString('latin1'));
}

function explain(cause: ParseError): AppError {
  if (hasUnknownMethod(cause)) {
    return new AppError('method-not-allowed', 'No resource knows this method', { cause });
  }
  const code = CODES[cause.code ?? ''] ?? 'invalid';
  return new AppError(code, DETAILS[code] ?? 'This is not a valid HTTP/1.1 request', { cause });
}

function headersOf(
  error: AppError,
  requestId: string,
  body: string,
): (readonly [string, string])[] {
  return [
    ...SECURITY_HEADERS,
    ['X-Request-Id', requestId],
    ['Cache-Control', 'no-store'],
    ['Content-Type', PROBLEM_TYPE],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
    ...(error.code === 'method-not-allowed' ? [['Allow', METHODS] as const] : []),
  ];
}

function sendRefusal(response: ServerResponse, error: AppError, requestId: string): void {
  const body = problemDocument(error, requestId);
  response.statusCode = ERRORS[error.code].status;
  for (const [name, value] of headersOf(error, requestId, body)) response.setHeader(name, value);
  response.end(body);
}

/** For a connection on which there is no response to write to. */
function rawRefusal(error: AppError, requestId: string): string {
  const { status } = ERRORS[error.code];
  const body = problemDocument(error, requestId);
  const headers = headersOf(error, requestId, body).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', body].join('\r\n');
}

/** Not at once: unread bytes would reset the connection before the client reads the answer. */
function destroyLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { AppError, ERRORS, type ErrorCode } from './app-error.ts';
import type { ConnectionTracker } from './connection-tracker.ts';
import { PROBLEM_TYPE, problemDocument } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

interface ProtocolErrorsOptions {
  log: Logger;
  /** Counts the rejected requests. */
  observer?: RequestObserver | undefined;
}

/** Rejects requests that never reach the application. */
export interface ProtocolErrors {
  /** Rejects a request after its header fields were read. */
  reject(request: IncomingMessage, response: ServerResponse, error: AppError): void;
}

/** The methods of all routes. */
const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** How long a rejected client may take to read the response. */
const LINGER_MS = 1000;

/**
 * Handles requests that Node's HTTP server would reject by itself, or close without a response: sends a
 * problem document, logs and counts. Sends one such response per connection, and closes it.
 */
export function answerProtocolErrors(
  server: Server,
  connections: ConnectionTracker,
  { log, observer }: ProtocolErrorsOptions,
): ProtocolErrors {
  const rejected = new WeakSet<Socket>();

  function report(error: AppError, requestId: string, fields: object): void {
    const { status } = ERRORS[error.code];
    observer?.rejected(status);
    log.info({ ...fields, status, requestId }, 'Request rejected');
  }

  function reject(request: IncomingMessage, response: ServerResponse, error: AppError): void {
    const requestId = randomUUID();
    sendRejection(response, error, requestId);
    report(error, requestId, { method: request.method });
  }

  function rejectRaw(socket: Socket, error: AppError, fields: object): void {
    const requestId = randomUUID();
    socket.end(rawRejection(error, requestId));
    destroyLater(socket);
    report(error, requestId, fields);
  }

  server.on('clientError', (cause: ParseError, duplex) => {
    const socket = duplex as Socket;
    if (rejected.has(socket)) return;
    rejected.add(socket);
    const exchange = connections.of(socket);
    const { latest } = exchange ?? {};
    const isSilent = socket.bytesRead === 0;
    if (!exchange || !socket.writable || isSilent || cause.code === 'ECONNRESET') {
      socket.destroy();
    } else if (latest && !latest.req.complete) {
      rejectBody(socket, latest, cause);
    } else {
      const error = toAppError(cause);
      afterResponses(exchange.unanswered, () => rejectRaw(socket, error, { reason: cause.code }));
    }
  });

  server.on('checkExpectation', (request, response) => {
    reject(request, response, new AppError('expectation-failed', 'Only 100-continue is expected'));
  });

  server.on('connect', ({ method }, duplex) => {
    const error = new AppError('method-not-allowed', 'This server is not a proxy');
    const socket = duplex as Socket;
    afterResponses(connections.of(socket)?.unanswered, () => rejectRaw(socket, error, { method }));
  });

  return { reject };
}

/** Rejects the body of a request that the application is handling, which logs and counts it. */
function rejectBody(socket: Socket, response: ServerResponse, cause: ParseError) {
  const isAborted = cause.code === 'HPE_INVALID_EOF_STATE';
  if (response.headersSent || isAborted) {
    socket.destroySoon();
    return;
  }
  const requestId = response.getHeader('X-Request-Id');
  sendRejection(
    response,
    toAppError(cause),
    typeof requestId === 'string' ? requestId : randomUUID(),
  );
  destroyLater(socket);
}

/** Rejects after the pending responses of earlier requests on the connection have been sent. */
function afterResponses(
  unanswered: ReadonlySet<ServerResponse> | undefined,
  reject: () => void,
): void {
  const last = [...(unanswered ?? [])].at(-1);
  if (last) last.once('close', reject);
  else reject();
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

/** The properties that Node adds to parser errors. */
interface ParseError extends Error {
  code?: string;
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** Whether the parser failed at the method of an otherwise valid request. */
function hasUnknownMethod({ code, rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || !rawPacket) return false;
  // Earlier requests may be in the same packet.
  const start = rawPacket.subarray(0, bytesParsed).lastIndexOf('\n') + 1;
  return REQUEST_LINE.test(rawPacket.subarray(start).toString('latin1'));
}

function toAppError(cause: ParseError): AppError {
  if (hasUnknownMethod(cause)) {
    return new AppError('method-not-allowed', 'No resource supports this method', { cause });
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

function sendRejection(response: ServerResponse, error: AppError, requestId: string): void {
  const body = problemDocument(error, requestId);
  response.statusCode = ERRORS[error.code].status;
  for (const [name, value] of headersOf(error, requestId, body)) response.setHeader(name, value);
  response.end(body);
}

/** For a connection without a response object. */
function rawRejection(error: AppError, requestId: string): string {
  const { status } = ERRORS[error.code];
  const body = problemDocument(error, requestId);
  const headers = headersOf(error, requestId, body).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', body].join('\r\n');
}

/** Delayed: unread bytes would reset the connection before the client reads the response. */
function destroyLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

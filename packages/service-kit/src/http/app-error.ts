/** One invalid field of a request. `path` is dotted, `""` for the whole input. */
export interface FieldError {
  path: string;
  message: string;
}

/** Every error code, with its HTTP status and its title. */
export const ERRORS = {
  invalid: { status: 400, title: 'Invalid request' },
  unauthenticated: { status: 401, title: 'Authentication required' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'request-timeout': { status: 408, title: 'Request timeout' },
  conflict: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'Request body too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'expectation-failed': { status: 417, title: 'Expectation failed' },
  'idempotency-key-reused': { status: 422, title: 'Idempotency-Key used with another request' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'Request header fields too large' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  'outcome-unknown': { status: 503, title: 'Outcome unknown' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

interface AppErrorOptions extends ErrorOptions {
  errors?: readonly FieldError[];
  /** Sent as `Retry-After`, in whole seconds. */
  retryAfterSeconds?: number;
}

/** An error with a code of `ERRORS`. Its message is sent to the client: put no secret in it. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, options);
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** If several codes share a status, the first wins. */
const CODE_OF_STATUS = new Map(
  Object.entries(ERRORS)
    .toReversed()
    .map(([code, { status }]) => [status as number, code as ErrorCode]),
);

/** Maps the status of a library's error to a code. Unlisted 4xx become `invalid`, others `internal`. */
export function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS.get(status) ?? (status >= 400 && status < 500 ? 'invalid' : 'internal');
}

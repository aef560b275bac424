/** A problem document of Relay (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: readonly { path: string; message: string }[];
  requestId?: string;
}

interface ErrorFacts {
  retryAfterSeconds?: number | undefined;
  isRepeatable?: boolean;
}

/** A response that is no success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** `undefined` if a proxy answered instead of Relay. */
  readonly problem: Problem | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Whether a repetition of the call changes nothing more. */
  readonly isRepeatable: boolean;

  constructor(
    status: number,
    problem?: Problem,
    { retryAfterSeconds, isRepeatable = false }: ErrorFacts = {},
  ) {
    super(problem?.detail ?? `Status ${status}`);
    this.isRepeatable = isRepeatable;
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No response: offline, or Relay is stopped. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Converts a response that is no success, to a call that may be repeatable. */
export function errorOf(
  { status, headers }: Response,
  text: string,
  isRepeatable = false,
): ApiError {
  const isProblem = headers.get('Content-Type')?.includes('application/problem+json');
  const problem = isProblem ? (JSON.parse(text) as Problem) : undefined;
  // Proxies may send a date.
  const seconds = Number.parseInt(headers.get('Retry-After') ?? '', 10);
  const retryAfterSeconds = Number.isNaN(seconds) ? undefined : seconds;
  return new ApiError(status, problem, { retryAfterSeconds, isRepeatable });
}

export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** Resolves too if the deleted thing has been deleted before: in another tab, or by a request without a response. */
export async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** The messages of an error by field; several of one field are joined. */
export function fieldErrorsOf(error: unknown): Readonly<Record<string, string>> {
  const errors = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  const byPath = Map.groupBy(errors, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, ofPath]) => [path, ofPath.map(({ message }) => message).join('. ')]),
  );
}

/** A sentence for a user. */
export function messageOf(error: unknown): string {
  if (error instanceof NetworkError) return 'Relay cannot be reached. Check your connection.';
  if (!(error instanceof ApiError)) return 'Something went wrong on this page. Reload it.';
  if (error.status === 429) return `Too many requests. Try again ${when(error.retryAfterSeconds)}.`;
  if (error.problem?.type === 'urn:relay:problem:outcome-unknown') {
    return error.isRepeatable
      ? 'It is not certain whether this was saved. Try again: it is not saved twice.'
      : `${error.message}.`;
  }
  // Not sent.
  if (error.status === 401 && !error.problem) return 'You are logged out.';
  if (error.status >= 500)
    return `Relay cannot do this now. Try again ${when(error.retryAfterSeconds)}.`;
  return `${error.message}.`;
}

function when(seconds: number | undefined): string {
  if (seconds === undefined) return 'soon';
  return seconds === 1 ? 'in a second' : `in ${seconds} seconds`;
}

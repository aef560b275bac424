import { healthSchema } from '@relay/service-kit/http/health';

/** The demo cannot go on; the message says what to do. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** A call of the API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: object;
  token?: string;
}

export interface Answer {
  status: number;
  /** `X-Cache`: HIT, MISS, STALE, FALLBACK or UNCACHED; undefined where nothing is cached. */
  cache: string | undefined;
  ms: number;
  json: unknown;
}

const TIMEOUT_MS = 10_000;
const ERROR_HEAD_CHARACTERS = 500;

/**
 * Makes a call and reads the whole answer.
 *
 * @throws DemoError when nothing answers, or the answer is no success
 */
export async function send(baseUrl: string, call: Call): Promise<Answer> {
  const { method, path, body, token } = call;
  const startedAt = performance.now();
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    const message = `Nothing answers at ${baseUrl}. Start Relay first: npm start`;
    throw new DemoError(message, { cause });
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok) {
    const head = text.slice(0, ERROR_HEAD_CHARACTERS);
    throw new DemoError(
      `${method} ${baseUrl}${path} was answered with ${response.status}: ${head}`,
    );
  }
  return {
    status: response.status,
    cache: response.headers.get('X-Cache') ?? undefined,
    ms,
    json: parseJson(text, call),
  };
}

function parseJson(text: string, { method, path }: Call): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DemoError(`${method} ${path}: that is no answer of Relay's API`, { cause });
  }
}

/** @throws DemoError when nothing answers there, or what does is not Relay */
export async function assertRelay(baseUrl: string): Promise<void> {
  const { json } = await send(baseUrl, { method: 'GET', path: '/api/posts/health' });
  if (healthSchema.safeParse(json).success) return;
  throw new DemoError(`What answers at ${baseUrl} is not Relay. Set BASE_URL to where Relay is.`);
}

/** The call as a person would type it; the token is in their shell. */
export function asCurl(baseUrl: string, { method, path, body, token }: Call): string {
  const lines = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${baseUrl}${path}`];
  if (token) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (body) lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`);
  return lines.join(' \\\n    ');
}

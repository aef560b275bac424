import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text as readText } from 'node:stream/consumers';

import { UserError } from './cli.ts';

/** A call of Relay's API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: object;
  token?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  status: number;
  /** `X-Cache`: HIT, MISS, STALE, FALLBACK or UNCACHED; undefined without the header. */
  cache: string | undefined;
  headers: IncomingHttpHeaders;
  text: string;
  /** From the request to the end of the answer. */
  ms: number;
}

const TIMEOUT_MS = 10_000;
const HEALTH = '/api/posts/health';

/**
 * Makes a call and reads the whole answer, with any status. Not by `fetch`, which refuses a `Host`.
 *
 * @throws the error of the connection, or an AbortError after ten seconds
 */
export async function send(baseUrl: string, call: Call): Promise<Answer> {
  const { method, path, token } = call;
  const body = call.body && JSON.stringify(call.body);
  const startedAt = performance.now();
  const request = baseUrl.startsWith('https:') ? requestHttps : requestHttp;
  const sending = request(`${baseUrl}${path}`, {
    method,
    headers: {
      // With the length, which Node leaves out for a DELETE.
      ...(body && {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...call.headers,
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sending.end(body);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  const text = await readText(response);
  const { 'x-cache': cache } = response.headers;
  return {
    status: response.statusCode!,
    cache: typeof cache === 'string' ? cache : undefined,
    headers: response.headers,
    text,
    ms: performance.now() - startedAt,
  };
}

const ERROR_HEAD_CHARACTERS = 500;

/**
 * Makes a call that has to succeed.
 *
 * @throws UserError if nothing answers, or the answer is no 2xx
 */
export async function sendOk(baseUrl: string, call: Call): Promise<Answer> {
  const answer = await reach(baseUrl, call);
  const { status, text } = answer;
  if (status >= 200 && status < 300) return answer;
  const head = text.slice(0, ERROR_HEAD_CHARACTERS);
  throw new UserError(`${call.method} ${baseUrl}${call.path} was answered with ${status}: ${head}`);
}

/**
 * @param start the command that starts Relay, for the message
 * @throws UserError if nothing answers at the URL, or another program than Relay
 */
export async function assertRelay(baseUrl: string, start?: string): Promise<void> {
  const { healthSchema } = await import('@relay/service-kit/service/health');
  const { status, text } = await reach(baseUrl, { method: 'GET', path: HEALTH }, start);
  if (healthSchema.safeParse(parseJson(text)).success) return;
  throw new UserError(
    `The server at ${baseUrl} is not Relay (${status}). Set BASE_URL to Relay's address.`,
  );
}

async function reach(baseUrl: string, call: Call, start = 'npm start'): Promise<Answer> {
  try {
    return await send(baseUrl, call);
  } catch (cause) {
    throw new UserError(`Nothing answers at ${baseUrl}. Start Relay first: ${start}`, { cause });
  }
}

export function jsonOf({ text }: Answer): unknown {
  return JSON.parse(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of each user that `newClient` registers. */
export const PASSWORD = 'password123';

export interface Post {
  id: string;
  title: string;
}

/** A user who is logged in. `titles` and `post` throw if the answer is no 2xx. */
export interface Client {
  email: string;
  token: string;
  send(method: Call['method'], path: string, body?: object): Promise<Answer>;
  /** The first page, as the cache has it. */
  list(): Promise<Answer>;
  /** The titles of a list; without a path, of `list`. */
  titles(path?: string): Promise<string[]>;
  post(title: string): Promise<Post>;
}

interface ClientOptions {
  /** Of each call, such as a `Host`. */
  headers?: Call['headers'];
  /** The name's first part; random digits follow. */
  prefix?: string;
}

/** Registers a user and logs in. */
export async function newClient(
  baseUrl: string,
  { prefix = 'tester-', headers = {} }: ClientOptions = {},
): Promise<Client> {
  const username = `${prefix}${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.com`;
  const body = { username, email, password: PASSWORD };
  await sendOk(baseUrl, { method: 'POST', path: '/api/auth/users', body, headers });
  return logIn(baseUrl, email, { headers });
}

/** Logs in as a user that `newClient` or `npm run seed` made. */
export async function logIn(
  baseUrl: string,
  email: string,
  { headers = {} }: Pick<ClientOptions, 'headers'> = {},
): Promise<Client> {
  const body = { email, password: PASSWORD };
  const login: Call = { method: 'POST', path: '/api/auth/login', body, headers };
  const { token } = jsonOf(await sendOk(baseUrl, login)) as { token: string };
  const list: Call = { method: 'GET', path: '/api/posts', token, headers };
  return {
    email,
    token,
    send: (method, path, content) =>
      send(baseUrl, { method, path, token, headers, ...(content && { body: content }) }),
    list: () => send(baseUrl, list),
    async titles(path = list.path) {
      const { posts } = jsonOf(await sendOk(baseUrl, { ...list, path })) as { posts: Post[] };
      return posts.map(({ title }) => title);
    },
    async post(title) {
      const draft = { title, url: 'https://example.com' };
      return jsonOf(await sendOk(baseUrl, { ...list, method: 'POST', body: draft })) as Post;
    },
  };
}

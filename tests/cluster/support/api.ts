import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';

import type { Release } from './cluster.ts';
import { emptyCache, psql } from './stores.ts';

/** Where the ingress of the kind cluster answers. */
export const API_URL = 'http://localhost:5000';

/** Of everybody whom `newClient` registers. */
export const PASSWORD = 'password123';
const USER_PREFIX = 'cluster-test-';
const TIMEOUT_MS = 10_000;

export interface Answer {
  status: number;
  /** `X-Cache`. */
  cache: string | null;
  text: string;
}

export interface Post {
  id: string;
  title: string;
}

/** A user who is logged in. */
export interface Client {
  email: string;
  token: string;
  send(method: string, path: string, body?: object): Promise<Answer>;
  /** The first page. */
  list(): Promise<Answer>;
  post(title: string): Promise<Post>;
  /** The titles of the newest posts, read past the cache. */
  titles(): Promise<string[]>;
}

/**
 * Registers somebody, whom `removeTestUsers` finds again.
 *
 * @param host of the Ingress; undefined for the one that serves any
 */
export async function newClient(host?: string): Promise<Client> {
  const username = `${USER_PREFIX}${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.com`;
  const user = { username, email, password: PASSWORD };
  const answer = await send('POST', '/api/auth/users', { host, body: user });
  if (answer.status !== 201) throw new Error(`Registration: ${answer.status} ${answer.text}`);
  return logIn(email, host);
}

export async function logIn(email: string, host?: string): Promise<Client> {
  const body = { email, password: PASSWORD };
  const answer = await send('POST', '/api/auth/login', { host, body });
  if (answer.status !== 200) throw new Error(`Login: ${answer.status} ${answer.text}`);
  const { token } = JSON.parse(answer.text) as { token: string };
  const sendAs: Client['send'] = (method, path, body) => send(method, path, { host, body, token });
  return {
    email,
    token,
    send: sendAs,
    list: () => sendAs('GET', '/api/posts'),
    async post(title) {
      const { status, text } = await sendAs('POST', '/api/posts', {
        title,
        url: 'https://example.com',
      });
      if (status !== 201) throw new Error(`Post: ${status} ${text}`);
      return JSON.parse(text);
    },
    async titles() {
      const { status, text } = await sendAs('GET', '/api/posts?limit=19');
      if (status !== 200) throw new Error(`List: ${status} ${text}`);
      return (JSON.parse(text) as { posts: Post[] }).posts.map(({ title }) => title);
    },
  };
}

interface RequestOptions {
  host: string | undefined;
  body?: object | undefined;
  token?: string;
}

async function send(method: string, path: string, options: RequestOptions): Promise<Answer> {
  const { host, body, token } = options;
  const headers = {
    ...(host && { Host: host }),
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  // Not fetch: that does not let a caller say which host it wants.
  const sending = request(`${API_URL}${path}`, {
    method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sending.end(body && JSON.stringify(body));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  const cache = response.headers['x-cache'];
  return {
    status: response.statusCode!,
    cache: typeof cache === 'string' ? cache : null,
    text: await readText(response),
  };
}

/** Removes whom `newClient` made, with all that they wrote. */
export async function removeTestUsers(release: Release): Promise<void> {
  await psql(
    release,
    `delete from post.votes where user_id in (select id from auth.users where username like '${USER_PREFIX}%');
     delete from post.posts where author_username like '${USER_PREFIX}%';
     delete from auth.users where username like '${USER_PREFIX}%'`,
  );
  await emptyCache(release);
}

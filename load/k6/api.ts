import http, { type RefinedResponse } from 'k6/http';
import { Counter, Rate } from 'k6/metrics';

import { CALLS, type Call } from '../calls.ts';
import type { Settings } from '../settings.ts';

const answers = new Counter('cache_answers');
const hits = new Rate('cache_hits');

export type Answer = RefinedResponse<'text' | 'none'>;

interface Keep {
  /** Keep the answer's body; others are thrown away unread. */
  keep?: boolean;
}

interface Request extends Keep {
  call: Call;
  path: string;
  token?: string;
  body?: object;
  headers?: Record<string, string>;
  /** Statuses that are no failure; those of success when left out. */
  expected?: number[];
}

export type Api = ReturnType<typeof createApi>;

const draft = (title: string) => ({ title, url: 'https://example.com/load' });
/** As a browser sends it: k6 by itself accepts no coding. */
const CODINGS = { 'Accept-Encoding': 'gzip, br' };
const post = (id: string) => `/api/posts/${id}`;

/** Relay's API and page, each call under its own `name`. Counts the values of `X-Cache`. */
export function createApi({ baseUrl, host }: Pick<Settings, 'baseUrl' | 'host'>) {
  function send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', request: Request): Answer {
    const { call, path, token, body, headers, keep, expected } = request;
    const answer = http.request(method, `${baseUrl}${path}`, body ? JSON.stringify(body) : null, {
      headers: {
        ...(host && { Host: host }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      responseType: keep ? 'text' : 'none',
      tags: { name: call },
      ...(expected && { responseCallback: http.expectedStatuses(...expected) }),
    });
    const source = answer.headers['X-Cache'];
    if (source) {
      answers.add(1, { name: call, cache: source });
      hits.add(source === 'HIT', { name: call });
    }
    return answer;
  }

  return {
    register: (body: { username: string; email: string; password: string }) =>
      send('POST', {
        call: CALLS.register,
        path: '/api/auth/users',
        body,
        keep: true,
        // Refused for being too many is no failure: the caller waits.
        expected: [201, 429],
      }),
    login: (body: { email: string; password: string }) =>
      send('POST', {
        call: CALLS.login,
        path: '/api/auth/login',
        body,
        keep: true,
        expected: [200, 429],
      }),
    refresh: (refreshToken: string) =>
      send('POST', {
        call: CALLS.refresh,
        path: '/api/auth/refresh',
        body: { refreshToken },
        keep: true,
        expected: [200, 429],
      }),
    prepare: (token: string, title: string) =>
      send('POST', {
        call: CALLS.prepare,
        path: '/api/posts',
        token,
        body: draft(title),
        keep: true,
      }),
    me: (token: string, more: Keep = {}) =>
      send('GET', { call: CALLS.me, path: '/api/auth/me', token, ...more }),
    list: (token: string, more: Keep = {}) =>
      send('GET', { call: CALLS.list, path: '/api/posts', token, ...more }),
    userList: (token: string, userId: string, more: Keep = {}) =>
      send('GET', { call: CALLS.userList, path: `/api/posts?user=${userId}`, token, ...more }),
    top: (token: string, more: Keep = {}) =>
      send('GET', { call: CALLS.top, path: '/api/posts/top', token, ...more }),
    read: (token: string, id: string, more: Keep = {}) =>
      send('GET', { call: CALLS.read, path: post(id), token, ...more }),
    create: (token: string, title: string, more: Keep = {}) =>
      send('POST', { call: CALLS.create, path: '/api/posts', token, body: draft(title), ...more }),
    upvote: (token: string, id: string, more: Keep = {}) =>
      send('PUT', { call: CALLS.upvote, path: `${post(id)}/upvote`, token, ...more }),
    takeBack: (token: string, id: string, more: Keep = {}) =>
      send('DELETE', { call: CALLS.takeBack, path: `${post(id)}/upvote`, token, ...more }),
    remove: (token: string, id: string, more: Keep = {}) =>
      send('DELETE', { call: CALLS.remove, path: post(id), token, ...more }),
    page: (more: Keep = {}) =>
      send('GET', {
        call: CALLS.page,
        path: '/',
        headers: { ...CODINGS, Accept: 'text/html' },
        ...more,
      }),
    /** @param path of a script, style or image that the page names */
    asset: (path: string, more: Keep = {}) =>
      send('GET', { call: CALLS.asset, path, headers: CODINGS, ...more }),
  };
}

import { expect, test } from 'vitest';

import { createExclusive } from './exclusive.ts';
import { ApiError, messageOf, NetworkError } from './problem.ts';
import { createSession, type SessionMessage } from './session.ts';
import type { Call, Send } from './transport.ts';

const ADA = { id: 'ada', username: 'ada', email: 'ada@example.com', createdAt: '' };
const EVE = { id: 'eve', username: 'eve', email: 'eve@example.com', createdAt: '' };
const TOKEN_SECONDS = 900;

/** The auth service as the cookie's holder sees it, with a clock. */
function fakeServer() {
  const server = {
    nowMs: 0,
    /** The user of the cookie's session. */
    user: undefined as typeof ADA | undefined,
    calls: [] as string[],
    requests: [] as Call[],
    /** Loses the responses of so many refreshes. */
    lostRefreshes: 0,
    failure: undefined as Error | undefined,
    tokens: 0,
    revoked: new Set<string>(),
  };
  const issueToken = () => {
    server.tokens += 1;
    return { token: `token-${server.tokens}`, expiresIn: TOKEN_SECONDS };
  };
  const answer = ({ method, path, headers, body }: Call): unknown => {
    if (path === '/api/auth/browser/login') {
      const { email, password } = body as { email: string; password: string };
      if (password !== 'right') throw new ApiError(401);
      server.user = email === EVE.email ? EVE : ADA;
      return issueToken();
    }
    if (path === '/api/auth/browser/logout') return void (server.user = undefined);
    if (path === '/api/auth/browser/refresh') {
      if (!server.user) throw new ApiError(401);
      server.lostRefreshes -= 1;
      if (server.lostRefreshes >= 0) throw new NetworkError();
      return issueToken();
    }
    const token = headers!['Authorization']!.replace('Bearer ', '');
    if (server.revoked.has(token)) throw new ApiError(401);
    return path === '/api/auth/me' ? server.user : { method, path, token };
  };
  const send = (async (call: Call) => {
    server.calls.push(call.path.replace('/api/auth/', ''));
    server.requests.push(call);
    await Promise.resolve();
    if (server.failure) throw server.failure;
    return answer(call);
  }) as Send;
  return { server, send };
}

/** Tabs of one browser: they share the lock, and receive each other's messages. */
function fakeBrowser() {
  const { server, send } = fakeServer();
  const exclusive = createExclusive(undefined, 'unused');
  const handlers: ((message: SessionMessage) => void)[] = [];
  function openTab() {
    const own = handlers.length;
    const tabs = {
      onMessage: (handle: (message: SessionMessage) => void) => void (handlers[own] = handle),
      send: (message: SessionMessage) =>
        handlers.forEach((handle, tab) => tab !== own && handle(message)),
    };
    return createSession({ send, exclusive, tabs, now: () => server.nowMs });
  }
  return { server, openTab };
}

const POSTS: Call = { method: 'GET', path: '/api/posts' };

test('without a session, the user is anonymous', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  expect(tab.state.value).toEqual({ status: 'starting' });
  await tab.start();
  expect(tab.state.value).toEqual({ status: 'anonymous' });
  expect(server.calls).toEqual(['browser/refresh']);
});

test('the session of the cookie is resumed', async () => {
  const { server, openTab } = fakeBrowser();
  server.user = ADA;
  const tab = openTab();
  await tab.start();
  expect(tab.state.value).toEqual({ status: 'logged-in', user: ADA });
  expect(await tab.send(POSTS)).toMatchObject({ token: 'token-1' });
});

test('a start after the message of another tab keeps its session, without a request', async () => {
  const { server, openTab } = fakeBrowser();
  const [tab, other] = [openTab(), openTab()];
  await tab.logIn('ada@example.com', 'right');
  server.calls = [];
  await other.start();
  expect(other.state.value).toEqual({ status: 'logged-in', user: ADA });
  expect(server.calls).toEqual([]);
});

test('a start without a connection can be repeated', async () => {
  const { server, openTab } = fakeBrowser();
  server.user = ADA;
  server.failure = new NetworkError();
  const tab = openTab();
  await tab.start();
  expect(tab.state.value).toEqual({ status: 'failed', error: server.failure });
  server.failure = undefined;
  await tab.start();
  expect(tab.state.value).toMatchObject({ status: 'logged-in' });
});

test('a start that is refused for now can be repeated, with its error', async () => {
  const { server, openTab } = fakeBrowser();
  server.failure = new ApiError(429);
  const tab = openTab();
  await tab.start();
  expect(tab.state.value).toEqual({ status: 'failed', error: server.failure });
  expect(server.calls).toEqual(['browser/refresh']);
});

test('a refresh with a lost response is repeated within the reuse interval', async () => {
  const { server, openTab } = fakeBrowser();
  server.user = ADA;
  server.lostRefreshes = 1;
  const tab = openTab();
  await tab.start();
  expect(tab.state.value).toMatchObject({ status: 'logged-in' });
  expect(server.requests.slice(0, 2)).toEqual(
    Array.from({ length: 2 }, () =>
      expect.objectContaining({
        path: '/api/auth/browser/refresh',
        keepalive: true,
        timeoutMs: 8000,
      }),
    ),
  );
});

test.each(['anonymous', 'ended'] as const)(
  'without a session (%s), a call is rejected without a request',
  async (status) => {
    const { server, openTab } = fakeBrowser();
    const tab = openTab();
    await tab.logIn('ada@example.com', 'right');
    if (status === 'anonymous') await tab.logOut();
    else {
      server.user = undefined;
      server.revoked.add('token-1');
      await tab.send(POSTS).catch(() => undefined);
    }
    expect(tab.state.value).toEqual({ status });
    server.calls = [];
    const error = await tab.send(POSTS).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 401 });
    expect(messageOf(error)).toBe('You are logged out.');
    expect(server.calls).toEqual([]);
  },
);

test('a call that waits for a logout sends no refresh after it', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.nowMs = TOKEN_SECONDS * 1000;
  server.calls = [];
  const leaving = tab.logOut();
  await expect(tab.send(POSTS)).rejects.toMatchObject({ status: 401 });
  await leaving;
  expect(server.calls).toEqual(['browser/logout']);
});

test('wrong credentials are an error, and the user stays anonymous', async () => {
  const { openTab } = fakeBrowser();
  const tab = openTab();
  await tab.start();
  await expect(tab.logIn('ada@example.com', 'wrong')).rejects.toMatchObject({ status: 401 });
  expect(tab.state.value).toEqual({ status: 'anonymous' });
});

test('a token that is about to expire is replaced before the request', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.nowMs = (TOKEN_SECONDS - 5) * 1000;
  expect(await tab.send(POSTS)).toMatchObject({ token: 'token-2' });
  expect(server.calls.filter((path) => path === 'browser/refresh')).toHaveLength(1);
});

test('after a 401 a request is sent once more with a new token', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.revoked.add('token-1');
  expect(await tab.send(POSTS)).toMatchObject({ token: 'token-2' });
  server.revoked.add('token-2').add('token-3');
  await expect(tab.send(POSTS)).rejects.toMatchObject({ status: 401 });
});

test('other errors are not repeated', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.failure = new ApiError(503);
  server.calls = [];
  await expect(tab.send(POSTS)).rejects.toMatchObject({ status: 503 });
  expect(server.calls).toHaveLength(1);
});

test('many requests with an expired token refresh it once', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.nowMs = TOKEN_SECONDS * 1000;
  server.calls = [];
  const answers = await Promise.all([tab.send(POSTS), tab.send(POSTS), tab.send(POSTS)]);
  expect(answers).toEqual(answers.map(() => expect.objectContaining({ token: 'token-2' })));
  expect(server.calls.filter((path) => path === 'browser/refresh')).toHaveLength(1);
});

test('two tabs with an expired token refresh it once', async () => {
  const { server, openTab } = fakeBrowser();
  const [one, two] = [openTab(), openTab()];
  await one.logIn('ada@example.com', 'right');
  server.nowMs = TOKEN_SECONDS * 1000;
  server.calls = [];
  await Promise.all([one.send(POSTS), two.send(POSTS)]);
  expect(server.calls.filter((path) => path === 'browser/refresh')).toHaveLength(1);
});

test('a login and a logout reach the other tab', async () => {
  const { server, openTab } = fakeBrowser();
  const [one, two] = [openTab(), openTab()];
  await one.start();
  await two.start();
  await one.logIn('ada@example.com', 'right');
  expect(two.state.value).toEqual({ status: 'logged-in', user: ADA });
  server.calls = [];
  await two.send(POSTS);
  expect(server.calls).not.toContain('browser/refresh');
  await two.logOut();
  expect(one.state.value).toEqual({ status: 'anonymous' });
});

test('the login of another user in another tab replaces the user', async () => {
  const { openTab } = fakeBrowser();
  const [one, two] = [openTab(), openTab()];
  await one.logIn(ADA.email, 'right');
  await two.logIn(EVE.email, 'right');
  expect(one.state.value).toEqual({ status: 'logged-in', user: EVE });
  expect(await one.send(POSTS)).toMatchObject({ token: 'token-2' });
});

test('a session that was ended elsewhere is ended in every tab', async () => {
  const { server, openTab } = fakeBrowser();
  const [one, two] = [openTab(), openTab()];
  await one.logIn('ada@example.com', 'right');
  server.user = undefined;
  server.revoked.add('token-1');
  await expect(one.send(POSTS)).rejects.toMatchObject({ status: 401 });
  expect(one.state.value).toEqual({ status: 'ended' });
  expect(two.state.value).toEqual({ status: 'anonymous' });
});

test('a refresh without a connection does not end the session', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.nowMs = TOKEN_SECONDS * 1000;
  server.failure = new NetworkError();
  await expect(tab.send(POSTS)).rejects.toThrow(NetworkError);
  expect(tab.state.value).toMatchObject({ status: 'logged-in' });
});

test('a logout without a connection leaves the user logged in', async () => {
  const { server, openTab } = fakeBrowser();
  const tab = openTab();
  await tab.logIn('ada@example.com', 'right');
  server.failure = new NetworkError();
  await expect(tab.logOut()).rejects.toThrow(NetworkError);
  expect(tab.state.value).toMatchObject({ status: 'logged-in' });
});

test('a session that no longer exists is left without a connection, in every tab', async () => {
  const { server, openTab } = fakeBrowser();
  const [one, two] = [openTab(), openTab()];
  await one.logIn('ada@example.com', 'right');
  server.failure = new NetworkError();
  server.calls = [];
  one.discard();
  expect(one.state.value).toEqual({ status: 'anonymous' });
  expect(two.state.value).toEqual({ status: 'anonymous' });
  await expect.poll(() => server.calls).toEqual(['browser/logout']);
});

import { expect, test } from 'vitest';

import { jsonOf, newClient, send, type Call } from '../../kit/api-client.ts';
import { relayFolder, startRelay } from './testing/relay.ts';

const PAGE = { 'Sec-Fetch-Site': 'same-origin' };
const ANN = { username: 'ann', email: 'ann@example.org', password: 'password123' };
const { username: _username, ...LOGIN } = ANN;

test('a page logs in, stays logged in, and deletes the account: its posts lose the name', async () => {
  const { apiUrl } = await startRelay(await relayFolder(), { REMOVED_USERS_POLL_SECONDS: '1' });
  const call = (request: Call) => send(apiUrl, request);
  const browser = (path: string, more: Partial<Call> = {}) =>
    call({ method: 'POST', path: `/api/auth/browser/${path}`, headers: PAGE, ...more });
  await call({ method: 'POST', path: '/api/auth/users', body: ANN });

  const login = await browser('login', { body: LOGIN });
  const [cookie] = login.headers['set-cookie']!;
  expect(cookie).toMatch(/^relay_refresh_0=[\w-]+; path=\/api\/auth\/browser; /);
  const headers = { ...PAGE, Cookie: cookie!.split(';')[0]! };
  const refreshed = await browser('refresh', { headers });
  expect(refreshed.status).toBe(200);
  const { token } = JSON.parse(refreshed.text);

  const body = { title: 'A title', url: 'https://a.example/' };
  const posted = await call({ method: 'POST', path: '/api/posts', body, token });
  const { id, author } = JSON.parse(posted.text);
  const removal = { password: LOGIN.password };
  const removed = await call({ method: 'DELETE', path: '/api/auth/me', body: removal, token });
  expect(removed.status).toBe(204);

  const reader = await newClient(apiUrl);
  const newest = async () => (jsonOf(await reader.list()) as { posts: unknown[] }).posts[0];
  await expect
    .poll(newest, { timeout: 10_000 })
    .toMatchObject({ id, author: { id: author.id, username: '[removed]' } });
});

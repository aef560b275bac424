import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';

import { indexPage } from './index-page.ts';

async function answerTo(accept: string): Promise<Response> {
  const app = new Koa().use(indexPage('Relay', [{ path: '/health', description: 'who is up' }]));
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}/`, { headers: { Accept: accept } });
}

test('a browser gets links to follow', async () => {
  const answer = await answerTo('text/html,application/xhtml+xml,*/*;q=0.8');
  expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('Vary')).toBe('Accept');
  expect(await answer.text()).toContain('<a href="/health">/health</a> who is up');
});

test.each(['*/*', 'application/json', 'image/png'])(
  'returns JSON for Accept: %s',
  async (accept) => {
    const answer = await answerTo(accept);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ name: 'Relay', links: { '/health': 'who is up' } });
  },
);

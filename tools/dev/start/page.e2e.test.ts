import { findRedisServer, isCi } from '@relay/dev-servers';
import { expect, test } from 'vitest';

import { newClient } from '../../kit/api-client.ts';
import { waitUntil } from './testing/processes.ts';
import { pathWithoutRedis } from './testing/programs.ts';
import { relayFolder, startRelay } from './testing/relay.ts';

const redisServer = await findRedisServer();

const cutCache = (apiUrl: string, seconds: number, origin = apiUrl) =>
  fetch(`${apiUrl}/api/dev/cache-outage`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ seconds }),
  });

test.skipIf(!redisServer && !isCi())('the page loses the cache for some seconds', async () => {
  const { apiUrl, output } = await startRelay(await relayFolder());
  expect(output()).toContain(`Page      ${apiUrl}/`);
  expect(await (await fetch(`${apiUrl}/config.json`)).json()).toEqual({ cacheOutage: true });
  const client = await newClient(apiUrl);
  const readsAre = (source: string) =>
    waitUntil(async () => (await client.list()).cache === source, { what: `reads are ${source}` });

  await readsAre('HIT');
  expect((await cutCache(apiUrl, 1, 'https://elsewhere.example')).status).toBe(403);
  expect((await cutCache(apiUrl, 1)).status).toBe(202);
  await readsAre('FALLBACK');
  await readsAre('HIT');
});

test('without a Redis of its own, there is no outage', async () => {
  const relay = await startRelay(await relayFolder(), { PATH: await pathWithoutRedis() });
  const { apiUrl } = relay;
  expect(await (await fetch(`${apiUrl}/config.json`)).json()).toEqual({ cacheOutage: false });
  expect((await cutCache(apiUrl, 1)).status).toBe(404);

  const page = await fetch(`${apiUrl}/`);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())![1];
  expect((await fetch(`${apiUrl}${script}`)).headers.get('cache-control')).toContain('immutable');
});

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { rangesOf } from '@relay/service-kit/testing/ranges';
import { expect, onTestFinished, test } from 'vitest';

import { postVariables } from './config.ts';
import { migrated } from './testing/migrated.ts';
import { runService } from './testing/running-service.ts';

const redisUrl = await testRedis();

test.skipIf(redisUrl === null)('everything works with every setting at its greatest', async () => {
  const { PORT: _port, ADMIN_PORT: _adminPort, ...ranges } = rangesOf(postVariables);
  const greatest = Object.entries(ranges).map(([name, { max }]) => [name, String(max)]);
  const service = await runService({
    databaseUrl: await migrated(await testDatabase()),
    redisUrl,
    environment: Object.fromEntries(greatest) as Record<string, string>,
  });
  onTestFinished(async () => void (await service.stop()));
  await service.connected();
  const call = await service.as();
  const draft = { title: 'A title', url: 'https://a.example/' };
  const created = await call('POST', '/api/posts', { body: draft });
  expect(created.status).toBe(201);
  for (const cache of ['MISS', 'HIT']) {
    for (const path of ['/api/posts', `/api/posts/top`]) {
      expect(await call('GET', path)).toMatchObject({ status: 200, cache });
    }
  }
  const own = await call('GET', `/api/posts/${created.json.id}`);
  expect(own).toMatchObject({ status: 200, cache: 'HIT' });
  const absent = `/api/posts/${crypto.randomUUID()}`;
  expect(await call('GET', absent)).toMatchObject({ status: 404, cache: 'MISS' });
  expect(await call('GET', absent)).toMatchObject({ status: 404, cache: 'HIT' });
});

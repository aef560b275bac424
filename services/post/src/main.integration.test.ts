import { expect, test } from 'vitest';

import { callerOf } from './testing/running-service.ts';
import { startServiceProcess } from './testing/service-process.ts';

test('a process without what it needs names all of it, and no value', async () => {
  const environment = { PORT: 'no port', DATABASE_URL: 'mysql://post:hunter2@db' };
  const end = await startServiceProcess(environment).catch(String);
  expect(end).toMatch(
    /PORT: must be .*\nDATABASE_URL: must be .*\nJWKS_URL: is required and not set/,
  );
  expect(end).not.toContain('hunter2');
});

test('a process that is asked to end does so with 0, even where nothing answers it', async () => {
  const nowhere = 'http://127.0.0.1:1/jwks.json';
  const DATABASE_URL = 'postgres://post:x@127.0.0.1:1/relay';
  const service = await startServiceProcess({ DATABASE_URL, JWKS_URL: nowhere });
  expect((await callerOf(service.url)('GET', '/health')).status).toBe(503);
  expect(await service.stop()).toEqual({ code: 0, stderr: '' });
  expect(service.lines.at(-1)).toMatchObject({ msg: 'Shut down' });
});

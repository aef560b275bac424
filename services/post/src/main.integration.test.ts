import { startServiceProcess } from '@relay/service-kit/testing/service-process';
import { expect, test } from 'vitest';

import { callerOf } from './testing/running-service.ts';

test('a process with invalid settings names all of them, without their values', async () => {
  const environment = { PORT: 'no port', DATABASE_URL: 'mysql://post:hunter2@db' };
  const end = await startServiceProcess(import.meta.dirname, environment).catch(String);
  expect(end).toMatch(
    /PORT: must be .*\nDATABASE_URL: must be .*\nJWKS_URL: is required and not set/,
  );
  expect(end).not.toContain('hunter2');
});

test('a process exits with 0 on SIGTERM, even if its dependencies are unreachable', async () => {
  const nowhere = 'http://127.0.0.1:1/jwks.json';
  const DATABASE_URL = 'postgres://post:x@127.0.0.1:1/relay';
  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL,
    JWKS_URL: nowhere,
  });
  expect((await callerOf(service.url)('GET', '/health')).status).toBe(503);
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(service.lines.at(-1)).toMatchObject({ msg: 'Shut down' });
});

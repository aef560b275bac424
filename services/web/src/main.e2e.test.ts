import path from 'node:path';

import { startServiceProcess } from '@relay/service-kit/testing/service-process';
import { beforeAll, expect, test } from 'vitest';

import { buildPage } from '../build/build-page.ts';

beforeAll(() => buildPage(path.join(import.meta.dirname, '../dist')));

test('a process serves the built page and its probes, and ends with 0 on SIGTERM', async () => {
  const service = await startServiceProcess(import.meta.dirname, {});
  await service.logged('Ready');
  const page = await fetch(`${service.url}/`);
  expect(await page.text()).toContain('<div id="app">');
  expect(await (await fetch(`${service.url}/config.json`)).json()).toEqual({ cacheOutage: false });
  expect((await fetch(`${service.url}/api/dev/cache-outage`, { method: 'POST' })).status).toBe(405);
  for (const probe of ['/livez', '/readyz', '/health']) {
    expect(await (await fetch(`${service.adminUrl}${probe}`)).json()).toEqual({ status: 'ok' });
  }
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^http_requests_total\{.*route="\/\{\*path\}",status="200"\} 1$/m);
  expect(metrics).toMatch(/^relay_build_info\{.*service="web"/m);
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('a process with invalid settings names them', async () => {
  const end = await startServiceProcess(import.meta.dirname, { LOG_LEVEL: 'loud' }).catch(String);
  expect(end).toMatch(/LOG_LEVEL: must be one of/);
});

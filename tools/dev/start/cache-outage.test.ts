import { Router } from '@koa/router';
import { createHttpApp } from '@relay/service-kit/http/app';
import { listenForTests } from '@relay/service-kit/testing/http';
import { captureLog } from '@relay/service-kit/testing/log';
import { noopRequestObserver } from '@relay/service-kit/testing/noop-request-observer';
import { expect, test } from 'vitest';

import { cacheOutageHandler } from './cache-outage.ts';

async function start() {
  const calls: string[] = [];
  const tasks: { task: () => void; ms: number }[] = [];
  let stopped = false;
  const router = new Router();
  const redis = {
    isStopped: async () => stopped,
    stop: async () => {
      stopped = true;
      calls.push('stop');
    },
    start: async () => {
      stopped = false;
      calls.push('start');
    },
  };
  const later = (task: () => void, ms: number) => void tasks.push({ task, ms });
  router.post('/outage', cacheOutageHandler({ redis, later, onError: () => {} }));
  const settings = { trustedHops: 0, bodyLimitBytes: 100, corsOrigins: [] };
  const { log } = captureLog();
  const app = createHttpApp({ settings, log, observer: noopRequestObserver, router });
  const url = await listenForTests(app.callback());
  const post = (body: object) =>
    fetch(`${url}/outage`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { post, calls, tasks };
}

test('stops Redis, and starts it again after the time', async () => {
  const { post, calls, tasks } = await start();
  const answer = await post({ seconds: 10 });
  expect([answer.status, await answer.json()]).toEqual([202, { seconds: 10 }]);
  expect(calls).toEqual(['stop']);
  expect(tasks).toEqual([{ task: expect.any(Function), ms: 10_000 }]);
  tasks[0]!.task();
  expect(calls).toEqual(['stop', 'start']);
});

test('refuses a second outage while Redis is stopped, and leaves the first one as it is', async () => {
  const { post, calls, tasks } = await start();
  await post({ seconds: 10 });
  expect((await post({ seconds: 30 })).status).toBe(409);
  expect(calls).toEqual(['stop']);
  expect(tasks).toHaveLength(1);
});

test.each([{}, { seconds: 0 }, { seconds: 31 }, { seconds: 1.5 }, { seconds: '10' }])(
  'refuses %j',
  async (body) => {
    const { post, calls } = await start();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: 'seconds' }] });
    expect(calls).toEqual([]);
  },
);

import {
  availabilityOf,
  METHODS_WITHOUT_ROUTE,
  sendOddMethods,
} from '@relay/service-kit/testing/odd-methods';
import { startServiceProcess } from '@relay/service-kit/testing/service-process';
import { expect, test } from 'vitest';

import { migratedDatabase, signingKeysFolder } from './testing/test-app.ts';

test('no method that a client sends counts against the availability SLO', async () => {
  const { url } = await migratedDatabase();
  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL: url,
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  await service.logged('Ready');
  const base = service.url;
  let sent = 0;
  for (const path of ['/api/auth/login', '/api/auth/me', '/health']) {
    const answers = await sendOddMethods(base, path);
    sent += answers.length;
    expect(answers.filter(({ status }) => !(status >= 200 && status < 500))).toEqual([]);
    const withoutRoute = answers.filter(({ method }) => METHODS_WITHOUT_ROUTE.includes(method));
    expect(withoutRoute.filter(({ status, allow }) => status !== 405 || !allow)).toEqual([]);
  }
  const counted = availabilityOf(await (await fetch(`${service.adminUrl}/metrics`)).text());
  expect(counted).toEqual({ requests: sent, bad: 0 });
});

import { availabilityOf, NOWHERE, sendOddMethods } from '@relay/service-kit/testing/odd-methods';
import { expect, test } from 'vitest';

import { startService } from './testing/process.ts';
import { migratedDatabase, signingKeysFolder } from './testing/test-app.ts';

test('no method that a stranger chooses counts against the availability SLO', async () => {
  const { url } = await migratedDatabase();
  const service = await startService({
    DATABASE_URL: url,
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  await service.logged('Ready');
  const base = `http://127.0.0.1:${service.port}`;
  let sent = 0;
  for (const path of ['/api/auth/login', '/api/auth/me', '/health']) {
    const answers = await sendOddMethods(base, path);
    sent += answers.length;
    expect(answers.filter(({ status }) => !(status >= 200 && status < 500))).toEqual([]);
    const nowhere = answers.filter(({ method }) => NOWHERE.includes(method));
    expect(nowhere.filter(({ status, allow }) => status !== 405 || !allow)).toEqual([]);
  }
  const counted = availabilityOf(await (await fetch(`${service.admin}/metrics`)).text());
  expect(counted).toEqual({ requests: sent, bad: 0 });
});

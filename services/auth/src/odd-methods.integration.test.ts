import { faultsOfOddMethods } from '@relay/service-kit/testing/odd-methods';
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
  const faults = await faultsOfOddMethods(service, ['/api/auth/login', '/api/auth/me', '/health']);
  expect(faults).toEqual({ failed: [], notRefused: [], countedAsBad: 0, notCounted: 0 });
});

import { randomUUID } from 'node:crypto';

import { testDatabase } from '@relay/dev-servers/testing';
import { faultsOfOddMethods } from '@relay/service-kit/testing/odd-methods';
import { startServiceProcess } from '@relay/service-kit/testing/service-process';
import { expect, onTestFinished, test } from 'vitest';

import { startJwksServer } from './testing/jwks-server.ts';
import { migrated } from './testing/migrated.ts';
import { createSigner } from './testing/tokens.ts';

test('no method that a client sends counts against the availability SLO', async () => {
  const jwks = await startJwksServer(await createSigner());
  onTestFinished(() => jwks.stop());
  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL: await migrated(await testDatabase()),
    JWKS_URL: jwks.url,
  });
  onTestFinished(async () => void (await service.stop()));
  await service.logged('Ready');
  const upvote = `/api/posts/${randomUUID()}/upvote`;
  const faults = await faultsOfOddMethods(service, ['/api/posts', upvote, '/health']);
  expect(faults).toEqual({ failed: [], notRefused: [], countedAsBad: 0, notCounted: 0 });
});

import { randomUUID } from 'node:crypto';

import { testDatabase } from '@relay/dev-servers/testing';
import {
  availabilityOf,
  METHODS_WITHOUT_ROUTE,
  sendOddMethods,
} from '@relay/service-kit/testing/odd-methods';
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
  let sent = 0;
  for (const path of ['/api/posts', `/api/posts/${randomUUID()}/upvote`, '/health']) {
    const answers = await sendOddMethods(service.url, path);
    sent += answers.length;
    expect(answers.filter(({ status }) => !(status >= 200 && status < 500))).toEqual([]);
    const withoutRoute = answers.filter(({ method }) => METHODS_WITHOUT_ROUTE.includes(method));
    expect(withoutRoute.filter(({ status, allow }) => status !== 405 || !allow)).toEqual([]);
  }
  const counted = availabilityOf(await (await fetch(`${service.adminUrl}/metrics`)).text());
  expect(counted).toEqual({ requests: sent, bad: 0 });
});

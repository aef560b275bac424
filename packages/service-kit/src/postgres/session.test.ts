import type { Client } from 'pg';
import { expect, test } from 'vitest';

import { createSessions, timeLimits } from './session.ts';

test('concurrent connections that a pooler rejects are all opened without the limits', async () => {
  const settings: Record<string, unknown> = timeLimits(3000);
  const client = {
    query: async () => ({ rows: [{ standby: false, limit: '3s' }] }),
  } as unknown as Client;
  const openSession = createSessions({
    async open() {
      const hasLimits = 'statement_timeout' in settings;
      await Promise.resolve();
      if (hasLimits) throw new Error('unsupported startup parameter: statement_timeout');
      return client;
    },
    settings: () => settings,
    timeoutMs: 1000,
    log: undefined,
  });
  const opened = await Promise.all([openSession(), openSession(), openSession()]);
  expect(opened).toEqual([client, client, client]);
});

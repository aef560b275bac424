import { afterEach, expect, it, vi } from 'vitest';
import type { TestProject } from 'vitest/node';

import { findRedisServer } from './redis.ts';
import setUp from './vitest-setup.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('fails in CI where there is no Redis, instead of skipping its tests', async () => {
  vi.stubEnv('PATH', '/no/such/folder');
  vi.stubEnv('CI', 'true');
  expect(await findRedisServer()).toBeUndefined();
  await expect(setUp({} as TestProject)).rejects.toThrow('CI needs a redis-server');
});

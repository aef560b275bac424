import { describe, expect, it } from 'vitest';

import { assertPortFree, freePort, isPortFree } from './ports.ts';
import { occupyPort } from './test-owner.ts';

describe('freePort', () => {
  it('returns the preferred port if it is free, else another', async () => {
    const free = await freePort();
    expect(await isPortFree(free)).toBe(true);
    await using taken = await occupyPort();
    expect(await freePort(taken.port)).not.toBe(taken.port);
  });
});

describe('assertPortFree', () => {
  it('names service and port if the port is in use', async () => {
    await using taken = await occupyPort();
    await expect(assertPortFree(taken.port, 'Redis')).rejects.toThrow(
      `Redis cannot start: port ${taken.port} is taken`,
    );
  });
});

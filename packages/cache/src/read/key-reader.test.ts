import { describe, expect, it, vi } from 'vitest';

import { defineKeys, key } from '../keys/define-keys.ts';
import { createTestCache } from '../testing/test-cache.ts';

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }));

describe('getMany', () => {
  it('reads all keys at once, and loads what is missing in one call', async () => {
    const loadMany = vi.fn<(params: readonly { id: unknown }[]) => Promise<string[]>>(
      async (params) => params.map(({ id }) => `post ${String(id)}`),
    );
    const keys = defineKeys({ byId: key('posts:id:{id}', { loadMany }) });
    const { cache, calls } = createTestCache({ keys });
    await cache.getMany(keys.byId, ids(1, 25));
    const values = await cache.getMany(keys.byId, ids(1, 50));
    expect(values).toEqual(ids(1, 50).map(({ id }) => `post ${id}`));
    expect(loadMany.mock.calls.map(([params]) => params.length)).toEqual([25, 25]);
    expect(calls('read')).toBe(2);
  });

  it('rejects when the batch loader returns too few values', async () => {
    const keys = defineKeys({ byId: key('posts:id:{id}', { loadMany: async () => [] }) });
    const { cache } = createTestCache({ keys });
    await expect(cache.getMany(keys.byId, [{ id: 1 }])).rejects.toThrow(
      'loadMany returned 0 values',
    );
  });
});

describe('warm', () => {
  it('loads what is missing, and leaves the rest alone', async () => {
    const load = vi.fn<(params: { id: unknown }) => Promise<unknown>>(async ({ id }) => {
      if (id === 2) throw new Error('the source is down');
      return id;
    });
    const keys = defineKeys({ byId: key('posts:id:{id}', { load }) });
    const { cache } = createTestCache({ keys });
    await cache.get(keys.byId({ id: 1 }));
    await cache.warm([1, 2, 3].map((id) => keys.byId({ id })));
    expect(load.mock.calls.map(([{ id }]) => id)).toEqual([1, 2, 3]);
    expect((await cache.getBytes(keys.byId({ id: 3 }))).outcome).toBe('hit');
  });
});

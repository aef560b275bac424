import { describe, expect, expectTypeOf, it } from 'vitest';

import type { Codec } from '../codecs/codec.ts';
import { CacheUsageError } from '../errors.ts';
import { defineKeys, key, type CacheKey, type KeyDefinition, type Param } from './define-keys.ts';

interface Post {
  id: string;
  title: string;
  at: Date;
}

const post: Post = { id: '1', title: 'a', at: new Date(0) };

const keys = defineKeys({
  all: 'posts:all',
  byId: key('posts:id:{id}', {
    ttlSeconds: 60,
    load: async ({ id }) => ({ ...post, id: String(id) }),
  }),
  top: 'posts:user:{userId}:top:{count}',
});

describe('a key', () => {
  it('without parameters is one shared value', () => {
    expect(keys.all().key).toBe('posts:all');
    expect(keys.all()).toBe(keys.all());
  });

  it('is the template with its parameters, encoded', () => {
    expect(keys.byId({ id: 42 }).key).toBe('posts:id:42');
    expect(keys.top({ userId: 'a:b', count: 10 }).key).toBe('posts:user:a%3Ab:top:10');
  });

  it('carries its template, parameters, options and policy', () => {
    expect(keys.byId({ id: 42 })).toMatchObject({
      template: 'posts:id:{id}',
      params: { id: 42 },
      options: { ttlSeconds: 60 },
      policy: { ttlMs: 60_000 },
    });
  });

  it('is refused if a parameter is missing', () => {
    // @ts-expect-error the parameters are required
    expect(() => keys.byId()).toThrow(CacheUsageError);
    // @ts-expect-error this one is not of the template
    expect(() => keys.byId({ slug: 'a' })).toThrow(CacheUsageError);
  });
});

describe('defineKeys', () => {
  it('refuses a template that is declared twice', () => {
    expect(() => defineKeys({ a: 'posts:all', b: 'posts:all' })).toThrow('declared twice');
  });

  it('refuses two templates that can make the same key', () => {
    expect(() => defineKeys({ all: 'posts:all', byId: 'posts:{id}' })).toThrow(
      'the key templates "posts:all" and "posts:{id}" can make the same key',
    );
  });

  it('refuses anything but an object of templates', () => {
    expect(() => defineKeys(undefined as never)).toThrow(CacheUsageError);
  });
});

describe('the options of a key', () => {
  it('are refused all at once, under the name of the template', () => {
    const wrong = { ttlSeconds: 0, jitter: 2, ttl: 5, load: 'x' } as unknown as object;
    expect(() => key('posts:all', wrong)).toThrow(
      'the key "posts:all": there is no option "ttl"; ' +
        'ttlSeconds must be a number from 0.001 to 315360000, got 0; ' +
        'jitter must be a number from 0 to 1, got 2; load must be a function, got "x"',
    );
  });
});

// Compiled by `npm run types`, never run.
export function types() {
  expectTypeOf(keys.all).parameters.toEqualTypeOf<[]>();
  expectTypeOf(keys.top)
    .parameter(0)
    .toEqualTypeOf<{ readonly userId: Param; readonly count: Param }>();
  expectTypeOf(keys.byId({ id: 1 })).toEqualTypeOf<
    CacheKey<{ id: string; title: string; at: string }>
  >();
  expectTypeOf(keys.all()).toEqualTypeOf<CacheKey>();
  expectTypeOf<typeof keys>().toExtend<Record<string, KeyDefinition>>();

  key('posts:id:{id}', {
    load: async (params) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly id: Param }>();
      return null;
    },
    loadMany: async (all) => all.map(() => null),
    tags: ({ id }) => [`post:${id}`],
  });
  // @ts-expect-error there is no such parameter
  key('posts:id:{id}', { load: async ({ slug }) => String(slug) });
  // @ts-expect-error there is no such option
  key('posts:all', { ttl: 5 });

  const codec: Codec<Map<string, number>> = {
    name: 'map',
    encode: (map) => JSON.stringify([...map]),
    decode: (bytes) => new Map(JSON.parse(bytes.toString()) as [string, number][]),
  };
  const votes = key('votes', { codec, load: async () => new Map([['a', 1]]) });
  expectTypeOf(votes()).toEqualTypeOf<CacheKey<Map<string, number>>>();

  // @ts-expect-error a Map needs a codec
  key('votes', { load: async () => new Map([['a', 1]]) });
  // @ts-expect-error a Set inside, too
  key('votes', { load: async () => [{ voters: new Set(['a']) }] });
  // @ts-expect-error so does a bigint
  key('votes', { load: async () => ({ count: 1n }) });
  // @ts-expect-error undefined is no JSON
  key('post', { load: async () => [post].find(({ id }) => id === '2') });
  key('post', { load: async () => [post].find(({ id }) => id === '2') ?? null });
}

import { describe, expect, it } from 'vitest';

import type { CacheOptions, InvalidationBus } from './api.ts';
import { CacheUsageError } from './errors.ts';
import { defineKeys, key } from './keys/define-keys.ts';
import { resolveOptions } from './options.ts';
import type { Outbox } from './protocol/outbox.ts';
import type { CacheStore } from './protocol/store.ts';

const withMethods = (names: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, () => {}])) as unknown;
const store = withMethods(
  'read lease extend release fill leaseRefresh discard fence lift invalidate invalidateMatching ' +
    'ping info now onReplaced close',
) as CacheStore;
const outbox = withMethods(
  'append markApplied mayHaveCommitted start replay close',
) as Outbox<never>;

const resolveUntyped = (options: unknown) => resolveOptions(options as CacheOptions);

describe('the options of a cache', () => {
  it('need only a store and keys', () => {
    expect(resolveOptions({ store, keys: [] })).toMatchObject({
      store,
      definitions: [],
      listeners: [],
      consistency: 'available',
      operationTimeoutMs: 250,
      patternTimeoutMs: 5000,
      leaseMs: 2000,
      fenceMs: 10_000,
      failureThreshold: 5,
      retryMs: 500,
      maxPendingInvalidations: 10_000,
      localMaxBytes: 33_554_432,
      originConcurrency: 32,
      originQueue: 1000,
    });
  });

  it('take keys as definitions and as templates', () => {
    const byId = key('posts:id:{id}', { ttlSeconds: 1 });
    const { definitions } = resolveOptions({ store, keys: defineKeys({ all: 'posts:all', byId }) });
    expect(definitions.map(({ template }) => template)).toEqual(['posts:all', 'posts:id:{id}']);
    expect(definitions[1]).toBe(byId);
    const fromTexts = resolveOptions({ store, keys: ['posts:all'] }).definitions;
    expect(fromTexts[0]).toHaveProperty('template', 'posts:all');
    expect(fromTexts[0]).toHaveProperty('policy.ttlMs', 300_000);
  });

  it('are refused all at once', () => {
    const wrong = {
      store: {},
      keys: ['posts:*', 'posts:all', 'posts:all', 7],
      listeners: [1],
      tracing: {},
      outbox: { append() {} },
      bus: 'redis://localhost',
      consistency: 'eventual',
      leaseMs: 0.5,
      retryMs: 2 ** 31,
      failureThreshold: 0,
      timeoutMs: 5,
    };
    const attempt = () => resolveUntyped(wrong);
    expect(attempt).toThrow(CacheUsageError);
    for (const problem of [
      'store lacks read, lease, extend, release, fill, leaseRefresh, discard, fence, lift, ',
      'the key template "posts:*" has a "*"',
      'the template "posts:all" is declared twice',
      'keys.3 must be a template or a definition, got 7',
      'listeners must be a list of functions',
      'tracing lacks span',
      'outbox lacks markApplied, mayHaveCommitted, start, replay, close',
      'bus must be an object, got "redis://localhost"',
      'consistency must be "available" or "strict", got "eventual"',
      'leaseMs must be an integer from 1 to 2147483647, got 0.5',
      'retryMs must be an integer from 1 to 2147483647, got 2147483648',
      'failureThreshold must be an integer from 1 to 10000000, got 0',
      'there is no option "timeoutMs"',
    ]) {
      expect(attempt).toThrow(problem);
    }
  });

  it.each([
    ['nothing', undefined, 'the options must be an object, got undefined'],
    ['no keys', { store }, 'keys must be the result of defineKeys, or a list of templates'],
    ['a text for keys', { store, keys: 'posts:all' }, 'got "posts:all"'],
    ['no store', { keys: [] }, 'store must be an object, got undefined'],
  ])('with %s are refused with a clear reason', (_, options, reason) => {
    expect(() => resolveUntyped(options)).toThrow(reason);
  });

  it('refuse strict consistency without an outbox', () => {
    const strict = { store, keys: [], consistency: 'strict' } as const;
    expect(() => resolveOptions(strict)).toThrow('consistency "strict" needs an outbox');
    expect(() => resolveOptions({ ...strict, outbox })).not.toThrow();
  });

  it('refuse a key of the in-process tier without a bus, which would leave it stale', () => {
    const keys = defineKeys({ all: key('posts:all', { localTtlSeconds: 5 }) });
    expect(() => resolveOptions({ store, keys })).toThrow(
      'the key "posts:all" has localTtlSeconds, which needs a bus',
    );
    const bus = withMethods('publish subscribe close') as InvalidationBus;
    expect(() => resolveOptions({ store, keys, bus })).not.toThrow();
  });

  it('refuse a fence that may expire before it is known to be up', () => {
    expect(() => resolveOptions({ store, keys: [], fenceMs: 250 })).toThrow(
      'fenceMs must be greater than operationTimeoutMs',
    );
  });
});

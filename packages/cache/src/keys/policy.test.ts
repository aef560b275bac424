import { describe, expect, it } from 'vitest';

import { jsonCodec } from '../codecs/json.ts';
import { CacheUsageError } from '../errors.ts';
import type { KeyOptions } from './key-options.ts';
import { policyOf, ttlMsOf } from './policy.ts';

describe('the policy of a key', () => {
  it('has a default for every option', () => {
    expect(policyOf({})).toEqual({
      ttlMs: 300_000,
      negativeTtlMs: 300_000,
      jitter: 0.05,
      swrMs: 0,
      sieMs: 0,
      graceMs: 0,
      beta: 0,
      codec: jsonCodec,
      codecLabel: 'json@1',
      compressAboveBytes: Infinity,
      maxValueBytes: 1_048_576,
      loadTimeoutMs: 10_000,
      waitMs: 2000,
      localTtlMs: 0,
    });
  });

  it('is in milliseconds, and keeps a copy for the longer grace period', () => {
    const options = { ttlSeconds: 1.5, staleWhileRevalidateSeconds: 2, staleIfErrorSeconds: 0.25 };
    expect(policyOf(options)).toMatchObject({
      ttlMs: 1500,
      negativeTtlMs: 1500,
      swrMs: 2000,
      sieMs: 250,
      graceMs: 2000,
    });
  });

  it('is computed once for each options object', () => {
    const options = { ttlSeconds: 1 };
    expect(policyOf(options)).toBe(policyOf(options));
  });

  it('labels entries by codec and version', () => {
    const codec = { ...jsonCodec, name: 'posts.v2' };
    expect(policyOf({ codec, version: '3-a' }).codecLabel).toBe('posts.v2@3-a');
  });

  it.each<[keyof KeyOptions, unknown]>([
    ['ttlSeconds', 0],
    ['ttlSeconds', -1],
    ['ttlSeconds', Number.NaN],
    ['ttlSeconds', Infinity],
    ['ttlSeconds', '300'],
    ['negativeTtlSeconds', 0.0001],
    ['jitter', 1.01],
    ['staleIfErrorSeconds', -1],
    ['staleWhileRevalidateSeconds', Infinity],
    ['refreshAhead', -1],
    ['version', ''],
    ['version', 'a:b'],
    ['version', 'a@b'],
    ['codec', { name: 'a' }],
    ['codec', { ...jsonCodec, name: 'a+br' }],
    ['compressAboveBytes', 1.5],
    ['maxValueBytes', 0],
    ['maxValueBytes', 2 ** 30],
    ['tags', 'posts'],
    ['tags', ['']],
    ['tags', ['\uD800']],
    ['loadTimeoutMs', 2 ** 31],
    ['loadTimeoutMs', 0],
    ['waitMs', 0.5],
    ['localTtlSeconds', 0],
    ['load', {}],
    ['loadMany', 1],
  ])('refuses %s: %j', (name, value) => {
    const attempt = () => policyOf({ [name]: value } as KeyOptions, 'the key "a"');
    expect(attempt).toThrow(CacheUsageError);
    expect(attempt).toThrow(new RegExp(`^the key "a": ${name} must`));
  });

  it('takes the bounds themselves', () => {
    expect(() =>
      policyOf({ ttlSeconds: 0.001, jitter: 1, loadTimeoutMs: 2 ** 31 - 1, waitMs: 0 }),
    ).not.toThrow();
  });

  it('refuses anything but an object', () => {
    expect(() => policyOf(null as never)).toThrow('the options must be an object, got null');
  });
});

describe('the TTL of one read', () => {
  it('is in milliseconds', () => expect(ttlMsOf(0.0015)).toBe(2));

  it.each([0, Number.NaN, -1, Infinity, '1'])('cannot be %s', (value) => {
    expect(() => ttlMsOf(value as number)).toThrow(CacheUsageError);
  });
});

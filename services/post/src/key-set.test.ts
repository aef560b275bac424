import { KeyObject } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import { createKeySet, httpJwks } from './key-set.ts';
import { createSigner } from './testing/tokens.ts';

const COOLDOWN_MS = 5000;
const FIRST_RETRY_MS = 500;
const REFRESH_MS = 300_000;
const KEEP_MS = 3_600_000;
const [first, second, third] = await Promise.all([createSigner(), createSigner(), createSigner()]);

/** A key set on a clock that the test moves, over an auth service that the test speaks for. */
function setUp() {
  let nowMs = 0;
  const published = { keys: [first.jwk] as unknown[] };
  const fetchJwks = vi.fn<() => Promise<unknown>>(async () => structuredClone(published));
  const onError = vi.fn<(error: unknown) => void>();
  const keySet = createKeySet({
    fetchJwks,
    onError,
    cooldownMs: COOLDOWN_MS,
    firstRetryMs: FIRST_RETRY_MS,
    refreshMs: REFRESH_MS,
    keepMs: KEEP_MS,
    now: () => nowMs,
  });
  return {
    keySet,
    fetchJwks,
    onError,
    publish: (...keys: unknown[]) => void (published.keys = keys),
    pass: (ms: number) => void (nowMs += ms),
    goAway: () => fetchJwks.mockRejectedValue(new Error('auth is away')),
  };
}

test('finds a public key by its id', async () => {
  const { keySet } = setUp();
  expect(await keySet.find(first.kid)).toMatchObject({ type: 'public', asymmetricKeyType: 'ec' });
});

test('fetches once for concurrent first requests', async () => {
  const { keySet, fetchJwks } = setUp();
  const found = await Promise.all(Array.from({ length: 100 }, () => keySet.find(first.kid)));
  expect(found.every((key) => key instanceof KeyObject)).toBe(true);
  expect(fetchJwks).toHaveBeenCalledOnce();
});

test('picks up a new key at the first token that names it', async () => {
  const { keySet, publish, pass } = setUp();
  await keySet.find(first.kid);
  publish(first.jwk, second.jwk);
  pass(COOLDOWN_MS);
  expect(await keySet.find(second.kid)).toBeInstanceOf(KeyObject);
});

test('fetches once in a cool-down for a flood of unknown keys', async () => {
  const { keySet, fetchJwks, pass } = setUp();
  await keySet.find(first.kid);
  pass(COOLDOWN_MS);
  const flood = Array.from({ length: 1000 }, (_, n) => keySet.find(`unknown-${n}`));
  expect(new Set(await Promise.all(flood))).toEqual(new Set([undefined]));
  await keySet.find('unknown');
  pass(COOLDOWN_MS - 1);
  await keySet.find('unknown');
  expect(fetchJwks).toHaveBeenCalledTimes(2);
  pass(1);
  await keySet.find('unknown');
  expect(fetchJwks).toHaveBeenCalledTimes(3);
});

test('drops a key that is no longer published, in the background, and changes its version', async () => {
  const { keySet, publish, pass } = setUp();
  await keySet.find(first.kid);
  const before = keySet.version;
  publish(second.jwk);
  pass(REFRESH_MS - 1);
  expect(keySet.version).toBe(before);
  pass(1);
  // The first call after that time starts the fetch and does not wait for it.
  expect(keySet.version).toBe(before);
  await vi.waitUntil(() => keySet.version !== before);
  expect(await keySet.find(first.kid)).toBeUndefined();
  expect(await keySet.find(second.kid)).toBeInstanceOf(KeyObject);
});

test('stays at its version while the same keys are published', async () => {
  const { keySet, fetchJwks, pass } = setUp();
  await keySet.find(first.kid);
  const before = keySet.version;
  pass(COOLDOWN_MS);
  await keySet.find('unknown');
  expect(fetchJwks).toHaveBeenCalledTimes(2);
  expect(keySet.version).toBe(before);
});

test('is unavailable with a retry time before the first fetch', async () => {
  const { keySet, fetchJwks, onError, pass } = setUp();
  fetchJwks.mockRejectedValueOnce(new Error('auth is away'));
  const unavailable = { code: 'unavailable', retryAfterSeconds: FIRST_RETRY_MS / 1000 };
  await expect(keySet.find(first.kid)).rejects.toMatchObject(unavailable);
  await expect(keySet.find(first.kid)).rejects.toMatchObject(unavailable);
  expect(fetchJwks).toHaveBeenCalledOnce();
  expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('auth is away'));
  pass(FIRST_RETRY_MS);
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
});

test('keeps its keys during an outage of auth', async () => {
  const { keySet, onError, pass, goAway } = setUp();
  await keySet.find(first.kid);
  const before = keySet.version;
  goAway();
  pass(REFRESH_MS);
  expect(keySet.version).toBe(before);
  await vi.waitUntil(() => onError.mock.calls.length > 0);
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
  expect(keySet.version).toBe(before);
});

test('uses its keys for a limited time during an outage of auth, and then retries often', async () => {
  const { keySet, fetchJwks, pass, goAway, publish } = setUp();
  await keySet.find(first.kid);
  const before = keySet.version;
  goAway();
  pass(KEEP_MS - 1);
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
  pass(1);
  expect(keySet.version).not.toBe(before);
  await expect(keySet.find(first.kid)).rejects.toMatchObject({ code: 'unavailable' });
  fetchJwks.mockResolvedValue({ keys: [first.jwk] });
  publish(first.jwk);
  pass(FIRST_RETRY_MS);
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
});

test('a fetch of the same keys restarts that time', async () => {
  const { keySet, pass, goAway } = setUp();
  await keySet.find(first.kid);
  pass(KEEP_MS - 1);
  await keySet.find('unknown');
  goAway();
  pass(KEEP_MS - 1);
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
});

test('two keys with the same id are unusable', async () => {
  const { keySet, publish } = setUp();
  publish(first.jwk, { ...second.jwk, kid: first.kid }, third.jwk);
  expect(await keySet.find(third.kid)).toBeInstanceOf(KeyObject);
  expect(await keySet.find(first.kid)).toBeUndefined();
});

test.each([
  ['another use', { use: 'enc' }],
  ['another algorithm', { alg: 'ES384' }],
  ['other operations', { key_ops: ['sign'] }],
])('ignores a key of %s', async (_name, changed) => {
  const { keySet, publish } = setUp();
  publish({ ...first.jwk, ...changed }, second.jwk);
  expect(await keySet.find(first.kid)).toBeUndefined();
  expect(await keySet.find(second.kid)).toBeInstanceOf(KeyObject);
});

test('ignores keys that it cannot use (RFC 7517, section 5)', async () => {
  const { keySet, publish } = setUp();
  publish({ kid: 'rsa', kty: 'RSA', n: 'AQAB', e: 'AQAB' }, { kty: 'oct' }, 'no key', third.jwk);
  expect(await keySet.find(third.kid)).toBeInstanceOf(KeyObject);
  expect(await keySet.find('rsa')).toBeUndefined();
});

const broken = { ...first.jwk, kid: 'broken', x: 'AAAA' };

test('uses the valid keys of a set with an invalid one', async () => {
  const { keySet, onError, publish } = setUp();
  publish(broken, second.jwk);
  expect(await keySet.find(second.kid)).toBeInstanceOf(KeyObject);
  expect(await keySet.find('broken')).toBeUndefined();
  expect(onError).not.toHaveBeenCalled();
});

test('counts a set without any key it can use as none', async () => {
  const { keySet, onError, publish } = setUp();
  publish();
  await expect(keySet.find(first.kid)).rejects.toMatchObject({ code: 'unavailable' });
  expect(onError).toHaveBeenCalledOnce();
});

test.each([
  ['nothing', undefined],
  ['no object', 'keys'],
  ['no set', {}],
  ['no keys', { keys: [] }],
  ['no usable key', { keys: [broken, { kid: 'rsa', kty: 'RSA' }] }],
])('keeps its keys when the answer has %s', async (_name, answer) => {
  const { keySet, fetchJwks, onError, pass } = setUp();
  await keySet.find(first.kid);
  fetchJwks.mockResolvedValue(answer);
  pass(COOLDOWN_MS);
  expect(await keySet.find('unknown')).toBeUndefined();
  expect(onError).toHaveBeenCalledOnce();
  expect(await keySet.find(first.kid)).toBeInstanceOf(KeyObject);
});

test('a failed fetch of the JWKS is an error with the URL', async () => {
  const fetched = vi
    .spyOn(globalThis, 'fetch')
    .mockResolvedValue(new Response('', { status: 502 }));
  await expect(httpJwks('http://auth/jwks.json')()).rejects.toThrow(
    'http://auth/jwks.json returned 502',
  );
  fetched.mockRestore();
});

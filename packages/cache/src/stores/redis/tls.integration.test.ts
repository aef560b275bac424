import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { findProgram, makeCertificate, startRedisCluster, supportsTls } from '@relay/dev-servers';
import { startTestRedis } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { connectRedis, mastersOf, testClient, testStore } from '../../testing/redis.ts';
import { createTestCache } from '../../testing/test-cache.ts';
import { createRedisBus } from './bus.ts';
import type { RedisClient } from './client.ts';

const binary = inject('redisServer');
const openssl = await findProgram('openssl');
const missing = !openssl || !binary || !(await supportsTls(binary));

const KEY = 'posts:all';
const EVENTUALLY = { timeout: 15_000, interval: 10 };

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp())));

function certificateFor(...names: string[]) {
  const dir = path.join(inject('testFolder'), `tls-${crypto.randomUUID()}`);
  return makeCertificate({ openssl: openssl!, dir, names });
}

describe.skipIf(missing)('over TLS', () => {
  let ca: string;
  let port: number;
  beforeAll(async () => {
    const certificate = await certificateFor('DNS:localhost', 'IP:127.0.0.1');
    ca = certificate.ca;
    port = (await startTestRedis({ tls: certificate.files })).tlsPort!;
  });

  it('a cache stores, finds and invalidates', async () => {
    const { read, cache } = reading(await connectRedis({ host: 'localhost', port, tls: { ca } }));
    expect([await read(), await read()]).toEqual(['miss', 'hit']);
    expect(await cache.invalidate(KEY)).toEqual({ status: 'applied', removed: 1 });
    expect(await read()).toBe('miss');
    expect(await cache.health()).toMatchObject({ status: 'up' });
  });

  it('a bus delivers, over a connection of its own', async () => {
    const bus = createRedisBus({ connection: { host: 'localhost', port, tls: { ca } } });
    cleanUps.push(() => bus.close());
    const received: string[] = [];
    bus.subscribe((message) => received.push(message));
    await vi.waitFor(() => expect(received).toEqual(['']), EVENTUALLY);
    bus.publish('message');
    await vi.waitFor(() => expect(received).toEqual(['', 'message']), EVENTUALLY);
  });

  it('a URL with rediss: uses TLS and the CAs that the system trusts', async () => {
    expect(await refusalOf(testClient(`rediss://localhost:${port}`))).toContain('self-signed');
  });

  it('a server with a certificate of another CA is refused', async () => {
    const other = await certificateFor('DNS:localhost');
    const tls = { ca: other.ca };
    const client = testClient({ host: 'localhost', port, tls });
    expect(await refusalOf(client)).toMatch(/self-signed|unable to verify/);
  });

  it('a server with a certificate for another host is refused', async () => {
    const certificate = await certificateFor('DNS:redis.example');
    const { tlsPort } = await startTestRedis({ tls: certificate.files });
    const tls = { ca: certificate.ca };
    const client = testClient({ host: 'localhost', port: tlsPort!, tls });
    expect(await refusalOf(client)).toContain('altnames');
    const named = { ...tls, servername: 'redis.example' };
    const { read } = reading(await connectRedis({ host: 'localhost', port: tlsPort!, tls: named }));
    expect([await read(), await read()]).toEqual(['miss', 'hit']);
  });

  // ioredis listens to the first error of a socket only, and an alert of the server may follow it.
  it('a client may be closed amid the handshake with a server that it refuses', async () => {
    const client = testClient({ host: 'localhost', port, tls: {} }) as Redis;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    client.once('end', resolve);
    const errors: string[] = [];
    client.on('error', (error: Error) => errors.push(error.message));
    await setImmediate();
    client.stream.once('connect', () => client.disconnect());
    await ended;
    expect(errors).toEqual([expect.stringContaining('self-signed')]);
  });

  it('a server that speaks no TLS is refused', async () => {
    const plain = await startTestRedis();
    expect(await refusalOf(testClient({ port: plain.port, tls: { ca } }))).not.toBe('');
  });

  it('a Cluster is found, with TLS to every node', async () => {
    const certificate = await certificateFor('DNS:localhost', 'IP:127.0.0.1');
    const dir = path.join(inject('testFolder'), `tls-cluster-${crypto.randomUUID()}`);
    const cluster = await startRedisCluster({
      binary: binary!,
      dir,
      masters: 3,
      tls: certificate.files,
    });
    cleanUps.push(cluster.stop);
    const [{ tlsPort } = {}] = cluster.nodes;
    const client = await connectRedis({
      nodes: [{ host: 'localhost', port: tlsPort! }],
      options: { redisOptions: { tls: { ca: certificate.ca } } },
    });
    const { read, cache } = reading(client);
    const keys = Array.from({ length: 30 }, (_, id) => `posts:id:${id}`);
    expect(new Set(await Promise.all(keys.map(read)))).toEqual(new Set(['miss']));
    expect(new Set(await Promise.all(keys.map(read)))).toEqual(new Set(['hit']));
    expect(await cache.invalidate('posts:id:*')).toEqual({ status: 'applied', removed: 30 });
    const ports = mastersOf(client).map(({ options }) => options.port);
    expect(new Set(ports)).toEqual(new Set(cluster.nodes.map((node) => node.tlsPort)));
  });
});

function reading(client: RedisClient) {
  const test = createTestCache({ store: testStore({ client }), operationTimeoutMs: 5000 });
  cleanUps.push(() => test.cache.close());
  const read = async (key = KEY) =>
    (await test.cache.read({ key, ttlSeconds: 300, load: async () => 'value' })).outcome;
  return { ...test, read };
}

/** The reason why a client does not connect. Reads are answered nevertheless. */
async function refusalOf(client: RedisClient): Promise<string> {
  const errors: Error[] = [];
  client.on('error', (error: Error) => errors.push(error));
  const { read, cache, of } = reading(client);
  for (let n = 0; n < 5; n += 1) expect(await read()).toBe('fallback');
  expect(await cache.health()).toMatchObject({ status: 'down', breaker: 'open', store: null });
  expect(of('store-down')).toHaveLength(1);
  await vi.waitFor(() => expect(errors).not.toEqual([]), EVENTUALLY);
  return errors[0]!.message;
}

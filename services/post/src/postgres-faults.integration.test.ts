import { randomUUID } from 'node:crypto';
import path from 'node:path';

import { freePort, startPostgres, type LocalPostgres } from '@relay/dev-servers';
import { startTcpProxy } from '@relay/dev-servers/tcp-proxy';
import { testRedis } from '@relay/dev-servers/testing';
import createKnex from 'knex';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const redisUrl = await testRedis();
const draft = { title: 'A title', url: 'https://a.example/' };
const unavailable = {
  status: 503,
  json: { type: 'urn:relay:problem:unavailable', title: 'Temporarily unavailable' },
};

let dataDir: string;
beforeEach(() => {
  dataDir = path.join(inject('testFolder'), `post-faults-${randomUUID()}`);
});

async function ownPostgres(port?: number): Promise<LocalPostgres> {
  const settings = { fsync: 'off', max_connections: '30' };
  const postgres = await startPostgres({ dataDir, settings, ...(port && { port }) });
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function execute(url: string, statement: string): Promise<void> {
  const db = createKnex({ client: 'pg', connection: url });
  await db.raw(statement).finally(() => db.destroy());
}

async function ownService(databaseUrl: string): Promise<RunningService> {
  const environment = { DATABASE_STATEMENT_TIMEOUT_MS: '200', DATABASE_POOL_SIZE: '3' };
  const service = await runService({ databaseUrl, redisUrl, environment });
  onTestFinished(async () => void (await service.stop()));
  return service;
}

async function serviceBehindProxy() {
  const postgres = await ownPostgres();
  const proxy = await startTcpProxy(postgres.port);
  onTestFinished(() => proxy.stop());
  const url = new URL(await migrated(postgres.url));
  url.port = String(proxy.port);
  return { service: await ownService(url.href), proxy };
}

/** One post, in Postgres and in every default page of the cache. */
async function cachedPost(service: RunningService) {
  await service.connected();
  const ann = newAuthor();
  const call = await service.as(ann);
  const { json } = await call('POST', '/api/posts', { body: draft });
  const place = `/api/posts/${json.id}`;
  const cached = ['/api/posts', '/api/posts/top', `/api/posts?user=${ann.id}`, place];
  for (const one of cached) await call('GET', one);
  return { call, cached, place };
}

async function expectOnlyCachedReads(call: Caller, cached: readonly string[], place: string) {
  const [hits] = await Promise.all([
    Promise.all(cached.map((one) => call('GET', one))),
    expectAllElseRefused(call, place),
  ]);
  for (const hit of hits) expect(hit).toMatchObject({ status: 200, cache: 'HIT' });
}

async function expectAllElseRefused(call: Caller, place: string) {
  const uncached: [string, string, object?][] = [
    ['GET', '/api/posts?limit=7'],
    ['GET', `/api/posts/${randomUUID()}`],
    ['POST', '/api/posts', { body: draft }],
    ['PUT', `${place}/upvote`],
    ['DELETE', `${place}/upvote`],
    ['DELETE', `/api/posts/${randomUUID()}`],
  ];
  for (const refusal of await Promise.all(uncached.map((one) => call(...one)))) {
    expect(refusal).toMatchObject(unavailable);
    expect(refusal.headers.get('Retry-After')).toBe('1');
    expect(refusal.text).not.toMatch(/select|insert|127\.0\.0\.1/i);
  }
}

async function untilAnswered(call: Caller): Promise<void> {
  const status = async () => (await call('GET', '/api/posts?limit=7')).status;
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
}

describe('during an outage of Postgres cached reads are answered, all else is a temporary 503', () => {
  test.each(['kill', 'stop'] as const)('after %s, until it is back', async (how) => {
    const postgres = await ownPostgres();
    const service = await ownService(await migrated(postgres.url));
    const { call, cached, place } = await cachedPost(service);

    await postgres[how]();
    await expectOnlyCachedReads(call, cached, place);
    const down = { status: 'down', postgres: 'down', redis: redisUrl ? 'up' : 'off' };
    expect(await service.anonymous('GET', '/health')).toMatchObject({ status: 503, json: down });
    expect(await service.admin('/health')).toMatchObject({ status: 503, json: down });
    expect((await service.admin('/readyz')).status).toBe(200);
    expect((await service.admin('/livez')).status).toBe(200);

    await ownPostgres(postgres.port);
    await untilAnswered(call);
    expect((await call('PUT', `${place}/upvote`)).json.votes).toBe(1);
    expect((await call('GET', place)).json.votes).toBe(1);
    expect((await service.anonymous('GET', '/health')).status).toBe(200);
  });

  test('when the network swallows every packet: nothing hangs', async () => {
    const { service, proxy } = await serviceBehindProxy();
    const { call, cached, place } = await cachedPost(service);

    proxy.dropBytes();
    for (const one of cached) {
      expect(await call('GET', one)).toMatchObject({ status: 200, cache: 'HIT' });
    }
    // The vote is lost with its transaction, so the entries stay valid.
    expect(await call('PUT', `${place}/upvote`)).toMatchObject(unavailable);
    await expectAllElseRefused(call, place);
    for (const one of cached) {
      expect(await call('GET', one)).toMatchObject({ status: 200, cache: 'HIT' });
    }
    expect((await service.anonymous('GET', '/health')).status).toBe(503);
    expect((await service.admin('/readyz')).status).toBe(200);

    proxy.recover();
    await untilAnswered(call);
    expect((await call('GET', '/api/posts')).status).toBe(200);
  });

  test('with more requests than connections: each is rejected in the end', async () => {
    const { service, proxy } = await serviceBehindProxy();
    const { call } = await cachedPost(service);
    proxy.dropBytes();
    const crowd = Array.from({ length: 49 }, (_, n) => call('GET', `/api/posts?limit=${n + 1}`));
    for (const refusal of await Promise.all(crowd)) expect(refusal).toMatchObject(unavailable);
    proxy.recover();
    await untilAnswered(call);
  });
});

test('a read-only Postgres: reads are answered, writes are 503, and the health names it', async () => {
  const postgres = await ownPostgres();
  const service = await ownService(await migrated(postgres.url));
  const { call, place } = await cachedPost(service);
  await execute(postgres.url, 'alter system set default_transaction_read_only = on');
  await execute(postgres.url, 'select pg_reload_conf()');
  const vote = async () => (await call('PUT', `${place}/upvote`)).status;
  await expect.poll(vote, { timeout: 20_000 }).toBe(503);
  const refusal = await call('POST', '/api/posts', { body: draft });
  expect(refusal).toMatchObject(unavailable);
  expect(refusal.headers.get('Retry-After')).toBe('1');
  expect((await call('GET', '/api/posts?limit=7')).status).toBe(200);
  expect(await service.admin('/health')).toMatchObject({
    status: 503,
    json: { reasons: ['Postgres, schema post: the server is read-only'] },
  });

  await execute(postgres.url, 'alter system reset default_transaction_read_only');
  await execute(postgres.url, 'select pg_reload_conf()');
  await expect.poll(vote, { timeout: 20_000 }).toBe(200);
  expect((await service.admin('/health')).json.status).toBe('ok');
});

test('a service is not ready before its Postgres is there and migrated, and then is', async () => {
  const port = await freePort();
  const service = await ownService(`postgres://postgres:x@127.0.0.1:${port}/postgres`);
  expect((await service.admin('/readyz')).status).toBe(503);
  expect((await service.admin('/livez')).status).toBe(200);
  expect(await (await service.as())('GET', '/api/posts?limit=7')).toMatchObject(unavailable);

  const postgres = await ownPostgres();
  const second = await ownService(postgres.url);
  const reasons = ['Postgres, schema post: the schema is not migrated'];
  await expect
    .poll(async () => (await second.admin('/readyz')).json)
    .toEqual({ status: 'not ready', reasons });
  expect(await second.admin('/health')).toMatchObject({
    status: 503,
    json: { status: 'down', reasons },
  });
  expect((await second.anonymous('GET', '/health')).json).not.toHaveProperty('reasons');
  expect(second.logLines).toContainEqual(
    expect.objectContaining({ msg: 'Not ready', level: 40, reasons }),
  );
  await migrated(postgres.url);
  await second.ready;
  expect((await second.admin('/readyz')).status).toBe(200);
});

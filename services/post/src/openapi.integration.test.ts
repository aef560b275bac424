import { randomUUID } from 'node:crypto';

import { freePort } from '@relay/dev-servers';
import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { conformance } from '@relay/service-kit/testing/openapi-conformance';
import createKnex, { type Knex } from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createIdempotencyStore } from './idempotency-store.ts';
import { postOpenApi } from './openapi.ts';
import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const api = conformance(postOpenApi);
const draft = { title: 'A title 🙂', url: 'https://bücher.example/ä?x=1' };
const ID = randomUUID();

const SECURED: [string, string][] = [
  ['GET', '/api/posts'],
  ['POST', '/api/posts'],
  ['GET', '/api/posts/top'],
  ['GET', `/api/posts/votes?ids=${randomUUID()}`],
  ['GET', '/api/posts/cache'],
  ['GET', `/api/posts/${ID}`],
  ['DELETE', `/api/posts/${ID}`],
  ['PUT', `/api/posts/${ID}/upvote`],
  ['POST', `/api/posts/${ID}/upvote`],
  ['DELETE', `/api/posts/${ID}/upvote`],
];

const fetchJwks = () => Promise.reject(new Error('The auth service is away'));

let service: RunningService;
let withoutPostgres: RunningService;
let withoutKeys: RunningService;
let strict: RunningService;
let db: Knex;
beforeAll(async () => {
  const databaseUrl = await migrated(await testDatabase());
  db = createKnex({ client: 'pg', connection: databaseUrl });
  service = await runService({ databaseUrl, redisUrl: await testRedis() });
  const nowhere = `postgres://post:x@127.0.0.1:${await freePort()}/post`;
  withoutPostgres = await runService({ databaseUrl: nowhere });
  withoutKeys = await runService({ databaseUrl, fetchJwks });
  const environment = { POSTS_PER_USER: '1', VOTES_PER_USER: '1' };
  strict = await runService({ databaseUrl, environment });
});
afterAll(async () => {
  await Promise.all([service, withoutPostgres, withoutKeys, strict].map((one) => one.stop()));
  await db.destroy();
});

/** Sends a request and validates the response against the document. */
async function expectAnswer(status: number, call: Caller, ...args: Parameters<Caller>) {
  const answer = await call(...args);
  expect([...args, answer.status]).toEqual([...args, status]);
  await api.check(args[0], args[1], answer.response);
  return answer;
}

async function reads() {
  const call = await service.as();
  const { json } = await expectAnswer(201, call, 'POST', '/api/posts', { body: draft });
  const { id, author } = json;
  const lists = [
    '/api/posts',
    `/api/posts?user=${author.id}`,
    '/api/posts/top',
    `/api/posts/${id}`,
  ];
  for (const path of [...lists, '/api/posts?limit=1', '/api/posts/top?limit=1']) {
    const { headers } = await expectAnswer(200, call, 'GET', path);
    await expectAnswer(200, call, 'GET', path);
    const known = { 'If-None-Match': headers.get('ETag')! };
    await expectAnswer(304, call, 'GET', path, { headers: known });
  }
  await call('POST', '/api/posts', { body: draft });
  const { next } = (await expectAnswer(200, call, 'GET', '/api/posts?limit=1')).json;
  await expectAnswer(200, call, 'GET', `/api/posts?cursor=${next}`);
}

async function writes() {
  const call = await service.as();
  const { id } = (await expectAnswer(201, call, 'POST', '/api/posts', { body: draft })).json;
  await expectAnswer(200, call, 'PUT', `/api/posts/${id}/upvote`);
  await expectAnswer(200, call, 'POST', `/api/posts/${id}/upvote`);
  await expectAnswer(200, call, 'DELETE', `/api/posts/${id}/upvote`);
  await expectAnswer(200, call, 'GET', `/api/posts/votes?ids=${id},${ID}`);
  await expectAnswer(200, call, 'GET', '/api/posts/cache');
  await expectAnswer(403, await service.as(newAuthor()), 'DELETE', `/api/posts/${id}`);
  await expectAnswer(204, call, 'DELETE', `/api/posts/${id}`);
}

async function mistakes() {
  const call = await service.as();
  await expectAnswer(400, call, 'GET', '/api/posts?limit=0');
  await expectAnswer(400, call, 'GET', '/api/posts/top?limit=0');
  await expectAnswer(400, call, 'GET', '/api/posts/votes');
  await expectAnswer(400, call, 'POST', '/api/posts', { body: {} });
  for (const [method, path] of SECURED.filter(([one]) => ['POST', 'PUT'].includes(one))) {
    await expectAnswer(413, call, method, path, { raw: `"${'x'.repeat(20_000)}"` });
    const headers = { 'Content-Type': 'text/plain' };
    await expectAnswer(415, call, method, path, { raw: 'x', headers });
  }
  for (const [method, path] of SECURED.filter(([, one]) => one.includes(ID))) {
    await expectAnswer(404, call, method, path);
    await expectAnswer(400, call, method, path.replace(ID, 'no-id'));
  }
}

/** A post that is repeated with its key, and with the key of another one. */
async function repetitions() {
  const author = newAuthor();
  const call = await service.as(author);
  const headers = { 'Idempotency-Key': `"${randomUUID()}"` };
  const path = '/api/posts';
  await expectAnswer(201, call, 'POST', path, { body: draft, headers });
  await expectAnswer(201, call, 'POST', path, { body: draft, headers });
  await expectAnswer(422, call, 'POST', path, { body: { ...draft, title: 'Other' }, headers });
  const invalid = { 'Idempotency-Key': '"' };
  await expectAnswer(400, call, 'POST', path, { body: draft, headers: invalid });
  const key = randomUUID();
  await db.transaction(async (tx) => {
    const keys = createIdempotencyStore(tx, { lifeSeconds: 60 });
    await keys.claim({ userId: author.id, key, fingerprint: Buffer.from('') });
    const underWay = { body: draft, headers: { 'Idempotency-Key': key } };
    await expectAnswer(409, call, 'POST', path, underWay);
  });
}

async function limits() {
  const call = await strict.as();
  const { id } = (await expectAnswer(201, call, 'POST', '/api/posts', { body: draft })).json;
  await expectAnswer(429, call, 'POST', '/api/posts', { body: draft });
  await expectAnswer(200, call, 'PUT', `/api/posts/${id}/upvote`);
  for (const method of ['PUT', 'POST', 'DELETE']) {
    await expectAnswer(429, call, method, `/api/posts/${id}/upvote`);
  }
}

async function strangers() {
  for (const [method, path] of SECURED) await expectAnswer(401, service.anonymous, method, path);
}

async function open() {
  await expectAnswer(200, service.anonymous, 'GET', '/api/posts/openapi.json');
  await expectAnswer(200, service.anonymous, 'GET', '/api/posts/health');
  await expectAnswer(200, service.anonymous, 'GET', '/health');
}

async function outage() {
  const call = await withoutPostgres.as();
  for (const [method, path] of SECURED.filter(([, one]) => one !== '/api/posts/cache')) {
    await expectAnswer(
      503,
      call,
      method,
      path,
      path === '/api/posts' && method === 'POST' ? { body: draft } : {},
    );
  }
  await expectAnswer(200, call, 'GET', '/api/posts/cache');
  await expectAnswer(503, await withoutKeys.as(), 'GET', '/api/posts/cache');
  await expectAnswer(503, withoutPostgres.anonymous, 'GET', '/api/posts/health');
  await expectAnswer(503, withoutPostgres.anonymous, 'GET', '/health');
}

test('every documented response occurs and is as documented', async () => {
  for (const part of [reads, writes, mistakes, repetitions, limits, strangers, open, outage]) {
    await part();
  }
  expect(api.unvisited()).toEqual([]);
});

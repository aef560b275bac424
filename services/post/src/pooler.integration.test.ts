import { randomUUID } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { migrate } from '@relay/service-kit/postgres/migrations';
import {
  findPgBouncer,
  changeSearchPath,
  serviceUrlOf,
  startPgBouncer,
  type PgBouncer,
} from '@relay/service-kit/testing/pgbouncer';
import createKnex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';

import { postSchema } from './migrations.ts';
import { runService, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const program = await findPgBouncer();
const redisUrl = await testRedis();
const draft = { title: 'A title', url: 'https://a.example/' };
/** The migration's lock and its statements, the same of a second one, and a stranger. */
const POOL_SIZE = 5;
const STATEMENT_TIMEOUT_MS = 600;

function connect(url: string): Knex {
  const db = createKnex({ client: 'pg', connection: url, pool: { min: 0, max: POOL_SIZE } });
  onTestFinished(() => db.destroy());
  return db;
}

describe.skipIf(program === undefined)('behind PgBouncer in transaction mode', () => {
  let ownerUrl: string;
  let serviceUrl: string;
  let pooler: PgBouncer;
  let service: RunningService;
  let applied: string[];

  beforeAll(async () => {
    ownerUrl = await testDatabase();
    serviceUrl = serviceUrlOf(ownerUrl);
    pooler = await startPgBouncer({
      program: program!,
      dir: inject('testFolder'),
      urls: [ownerUrl, serviceUrl],
      poolSize: POOL_SIZE,
    });
    const migration = {
      ownerUrl: pooler.through(ownerUrl),
      serviceUrl,
      schema: postSchema,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    };
    applied = (await Promise.all([migrate(migration), migrate(migration)])).flat();
    service = await runService({
      databaseUrl: pooler.through(serviceUrl),
      redisUrl,
      environment: {
        // Later than the role's own limit.
        DATABASE_STATEMENT_TIMEOUT_MS: '20000',
      },
    });
    await service.connected();
  });
  afterAll(async () => {
    await service?.stop();
    await pooler?.stop();
  });

  test('two migrations at once apply each step once', () => {
    expect(applied).toEqual(postSchema.migrations.map(({ name }) => name));
  });

  test('reads and writes with any search path of another client', async () => {
    await changeSearchPath(pooler.through(serviceUrl), POOL_SIZE);
    const ann = newAuthor();
    const call = await service.as(ann);
    const headers = { 'Idempotency-Key': randomUUID() };
    const { status, json } = await call('POST', '/api/posts', { body: draft, headers });
    expect(status).toBe(201);
    expect((await call('POST', '/api/posts', { body: draft, headers })).json.id).toBe(json.id);
    const place = `/api/posts/${json.id}`;
    expect((await call('PUT', `${place}/upvote`)).json.votes).toBe(1);
    expect((await call('DELETE', `${place}/upvote`)).json.votes).toBe(0);
    for (const list of ['/api/posts', '/api/posts/top', `/api/posts?user=${ann.id}`, place]) {
      expect((await call('GET', list)).status).toBe(200);
    }
    expect((await call('DELETE', place)).status).toBe(204);
    expect((await service.admin('/health')).json.status).toBe('ok');
  });

  test('more calls than connections are served', async () => {
    const calls = await Promise.all(Array.from({ length: 40 }, () => service.as(newAuthor())));
    const answers = await Promise.all(
      calls.map((call) => call('POST', '/api/posts', { body: draft })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  });

  test('the server ends a statement that waits for a lock, by the limit of the role', async () => {
    const call = await service.as();
    const { json } = await call('POST', '/api/posts', { body: draft });
    const holder = await connect(ownerUrl).transaction();
    await holder.raw('select from post.posts where id = ? for update', [json.id]);
    const vote = await call('PUT', `/api/posts/${json.id}/upvote`);
    expect(vote).toMatchObject({ status: 503 });
    expect(vote.headers.get('Retry-After')).toBe('1');
    expect(service.logLines).toContainEqual(
      expect.objectContaining({ err: expect.objectContaining({ code: '55P03' }) }),
    );
    await holder.rollback();
  });

  test('rows of the outbox are found by polling', async () => {
    const owner = connect(ownerUrl);
    const id = randomUUID();
    await owner.raw(
      `insert into post.cache_outbox (id, targets, due_at) values (?, ?, clock_timestamp())`,
      [id, JSON.stringify([{ kind: 'key', key: 'posts:top:10' }])],
    );
    await expect
      .poll(
        async () => {
          const { rows } = await owner.raw(
            'select applied_at is not null as applied from post.cache_outbox where id = ?',
            [id],
          );
          return rows;
        },
        { timeout: 20_000 },
      )
      .toEqual([{ applied: true }]);
  });
});

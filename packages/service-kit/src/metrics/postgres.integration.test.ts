import { testDatabase } from '@relay/dev-servers/testing';
import type { Knex } from 'knex';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { connectDatabase } from '../postgres/database.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const QUERIES = ['things.byId', 'things.insert'];
let url: string;
beforeAll(async () => {
  url = await testDatabase();
  const db = connect(url);
  await db.raw('create schema kit; create table kit.things (id int primary key)');
  await db.destroy();
});

let metrics: Metrics;
let db: Knex;
beforeEach(() => {
  metrics = createMetrics({ service: 'test', version: '1.2.3' });
  db = connect(url);
});
afterEach(() => db.destroy());

function connect(to: string): Knex {
  return connectDatabase({
    url: to,
    poolSize: 2,
    statementTimeoutMs: 300,
    schema: 'kit',
    applicationName: 'kit-test',
    metrics: metrics?.postgres,
    queries: QUERIES,
  });
}

/** The value of each series of a metric, by its one or two labels. */
async function values(name: string): Promise<Record<string, number>> {
  const samples = (await metrics.registry.metrics()).matchAll(
    new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, 'gm'),
  );
  return Object.fromEntries(
    [...samples].map(([, labels, value]) => [
      [...labels!.matchAll(/"([^"]*)"/g)].map(([, label]) => label).join(' '),
      Number(value),
    ]),
  );
}

const queries = () => values('postgres_query_duration_seconds_count');
const failures = () => values('postgres_query_failures_total');
const NONE = {
  ping: 0,
  migrations: 0,
  begin: 0,
  commit: 0,
  rollback: 0,
  other: 0,
  'things.byId': 0,
  'things.insert': 0,
};

test('has a series for each name from the start, before any connection', async () => {
  expect(await queries()).toEqual(NONE);
  expect(await failures()).toEqual(NONE);
  expect(await values('postgres_pool_connections')).toEqual({ 'kit used': 0, 'kit idle': 0 });
  expect(await values('postgres_pool_max_connections')).toEqual({ kit: 2 });
  expect(await values('postgres_pool_pending_acquires')).toEqual({ kit: 0 });
  expect(await values('postgres_pool_wait_duration_seconds_count')).toEqual({ kit: 0 });
  expect(await values('postgres_pool_acquire_failures_total')).toEqual({ kit: 0 });
  expect(await values('postgres_breaker_state')).toEqual({
    'kit closed': 1,
    'kit open': 0,
    'kit half-open': 0,
  });
  expect(await values('postgres_breaker_opened_total')).toEqual({ kit: 0 });
});

test('shows the state of the breaker, and counts its openings', async () => {
  const show = metrics.postgres({ pool: 'away', maxConnections: 1, queries: [] }).breakerIs;
  for (const state of ['closed', 'open', 'half-open', 'open'] as const) show(state);
  expect(await values('postgres_breaker_state')).toMatchObject({
    'away closed': 0,
    'away open': 1,
    'away half-open': 0,
  });
  for (const state of ['half-open', 'closed', 'open'] as const) show(state);
  expect(await values('postgres_breaker_opened_total')).toMatchObject({ away: 2 });
});

test('counts statements by name, built and raw, and the steps of transactions', async () => {
  await db('kit.things').where({ id: 1 }).first().options({ queryName: 'things.byId' });
  await db.raw('select * from kit.things where id = ?', [2]).options({ queryName: 'things.byId' });
  await db.transaction((trx) =>
    trx('kit.things').insert({ id: 1 }).options({ queryName: 'things.insert' }),
  );
  const undone = db.transaction(async () => Promise.reject(new Error('changed my mind')));
  await expect(undone).rejects.toThrow('changed my mind');
  await db.raw('select 1').options({ queryName: 'ping' });
  expect(await queries()).toEqual({
    ...NONE,
    'things.byId': 2,
    'things.insert': 1,
    begin: 2,
    commit: 1,
    rollback: 1,
    ping: 1,
  });
  expect(await failures()).toEqual(NONE);
});

test('a statement without a known name is `other`', async () => {
  await db.raw('select 1');
  for (let n = 0; n < 100; n += 1) await db.raw('select 1').options({ queryName: `things.${n}` });
  expect(await queries()).toEqual({ ...NONE, other: 101 });
  expect(await metrics.registry.metrics()).not.toMatch(/select|things\.\d/);
});

test('takes a known name of a statement from its comment', async () => {
  await db.raw('\n  /* things.byId */ select * from kit.things where id = ?', [2]);
  await db.raw('select /* things.byId */ 1');
  await db.raw('select 1 /* things.byId */');
  await db.raw('/* things.unknown */ select 1');
  expect(await queries()).toEqual({ ...NONE, 'things.byId': 2, other: 2 });
});

test('counts and times failures, and does not count a constraint violation', async () => {
  const add = (id: unknown) =>
    db('kit.things').insert({ id }).options({ queryName: 'things.insert' });
  await add(7);
  await expect(add(7)).rejects.toThrow('duplicate key');
  await expect(add('x')).rejects.toThrow('invalid input syntax');
  const slow = db.raw('select pg_sleep(60)').options({ queryName: 'things.byId' });
  await expect(slow).rejects.toThrow('statement timeout');
  expect(await failures()).toEqual({ ...NONE, 'things.insert': 1, 'things.byId': 1 });
  expect((await queries())['things.insert']).toBe(3);
  const seconds = await values('postgres_query_duration_seconds_sum');
  expect(seconds['things.byId']).toBeGreaterThan(0.25);
});

test('shows the connections of the pool, and the calls waiting for one', async () => {
  const [first, second] = await Promise.all([db.transaction(), db.transaction()]);
  const third = db.raw('select 1');
  const waiting = third.then(() => undefined);
  await vi.waitUntil(async () => (await values('postgres_pool_pending_acquires'))['kit'] === 1);
  expect(await values('postgres_pool_connections')).toEqual({ 'kit used': 2, 'kit idle': 0 });
  expect(await values('postgres_pool_wait_duration_seconds_count')).toEqual({ kit: 2 });

  await Promise.all([first.rollback(), second.rollback()]);
  await waiting;
  expect(await values('postgres_pool_connections')).toEqual({ 'kit used': 0, 'kit idle': 2 });
  expect(await values('postgres_pool_pending_acquires')).toEqual({ kit: 0 });
  expect(await values('postgres_pool_wait_duration_seconds_count')).toEqual({ kit: 3 });
  expect(await values('postgres_pool_acquire_failures_total')).toEqual({ kit: 0 });
});

test('counts failed waits', async () => {
  await db.destroy();
  db = connectDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    poolSize: 1,
    statementTimeoutMs: 300,
    schema: 'away',
    applicationName: 'kit-test',
    metrics: metrics.postgres,
  });
  await expect(db.raw('select 1')).rejects.toThrow('ECONNREFUSED');
  expect((await values('postgres_pool_acquire_failures_total'))['away']).toBe(1);
  expect((await values('postgres_pool_wait_duration_seconds_count'))['away']).toBe(1);
  expect(await queries()).toEqual(NONE);
});

import type { Knex } from 'knex';
import { beforeAll, expect, test } from 'vitest';

import { createRemovedUsers } from './removed-user-store.ts';
import { removedUsersQuerySchema } from './removed-users.ts';
import { REMOVED_USERS } from './tables.ts';
import {
  connectAuthDatabase,
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const idOf = (number: number) => `0198c5a0-0000-7000-8000-00000000000${number}`;
const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

/** Two of them at the same time. */
const REMOVALS = [
  { userId: idOf(3), removedAt: at(1) },
  { userId: idOf(1), removedAt: at(2) },
  { userId: idOf(2), removedAt: at(2) },
  { userId: idOf(4), removedAt: at(3) },
];

let app: TestApp;
let db: Knex;
beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  db = connectAuthDatabase(databaseUrl);
  app = await startAuth({ databaseUrl, keysFolder: await signingKeysFolder() });
  const rows = REMOVALS.map(({ userId, removedAt }) => ({
    user_id: userId,
    removed_at: removedAt,
  }));
  await db(REMOVED_USERS).insert(rows.toReversed());
});

const feed = (query: string) => app.call('GET', `/api/auth/removed-users${query}`);

test('lists all removals, the oldest first', async () => {
  expect((await feed('')).body).toEqual({ removed: REMOVALS, next: null });
});

test('lists removals from a time on, that time included', async () => {
  const { body } = await feed(`?since=${at(2)}`);
  expect(body).toEqual({ removed: REMOVALS.slice(1), next: null });
  expect((await feed(`?since=${at(4)}`)).body).toEqual({ removed: [], next: null });
});

test('pages do not repeat or omit removals at the same time', async () => {
  const seen: unknown[] = [];
  let cursor = '';
  for (let page = 0; page < REMOVALS.length; page += 1) {
    const { body } = await feed(`?since=${at(1)}&limit=1${cursor && `&cursor=${cursor}`}`);
    seen.push(...(body['removed'] as unknown[]));
    cursor = String(body['next']);
  }
  expect(seen).toEqual(REMOVALS);
  expect(cursor).toBe('null');
});

test('a service in the same process reads the same', async () => {
  const { body } = await feed(`?since=${at(2)}&limit=2`);
  const page = await app.service.removedUsers({ since: at(2), limit: '2' });
  expect(JSON.parse(JSON.stringify(page))).toEqual(body);
});

test.each([
  ['since=yesterday', 'since', 'Not a time, such as 2026-01-02T03:04:05.678Z'],
  ['since=', 'since', 'Not a time, such as 2026-01-02T03:04:05.678Z'],
  ['cursor=x', 'cursor', 'Not a cursor of a previous page'],
  ['limit=0', 'limit', 'A whole number from 1 to 1000'],
  ['limit=1001', 'limit', 'A whole number from 1 to 1000'],
  ['until=2026-01-01T00:00:00Z', 'until', 'Unknown field'],
])('rejects %s', async (query, path, message) => {
  const { status, body } = await feed(`?${query}`);
  expect([status, body['errors']]).toEqual([400, [{ path, message }]]);
});

test('a page is read by an index', async () => {
  const query = removedUsersQuerySchema.parse({ since: at(1), cursor: `${at(2)}_${idOf(1)}` });
  const sent = Promise.withResolvers<{ sql: string; bindings: Knex.RawBinding[] }>();
  db.once('query', sent.resolve);
  await createRemovedUsers(db).list(query);
  const { sql, bindings } = await sent.promise;
  await db.transaction(async (trx) => {
    // Postgres would prefer others for a small table.
    await trx.raw('set local enable_seqscan = off');
    await trx.raw('set local enable_bitmapscan = off');
    const { rows } = await trx.raw(`explain ${sql.replaceAll(/\$\d+/g, '?')}`, bindings);
    const plan = rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('using removed_users_by_time');
    expect(plan).not.toContain('Sort');
  });
});

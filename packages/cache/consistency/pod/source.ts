import { setTimeout as sleep } from 'node:timers/promises';

import type { Transactor } from '@relay/cache';
import type { Pool, PoolClient } from 'pg';

import { now } from '../clock.ts';
import type { CrashPoints } from './crash-points.ts';
import { runnerOf, type Tx } from './database.ts';

/** The state of a write under way, recorded in case the pod dies. */
export interface WriteContext {
  /** The database may have the commit from now on. */
  commitSent: boolean;
  committedAt: number | undefined;
  entityVersion: number | undefined;
  groupVersion: number | undefined;
}

/** The workload's SQL. Loaders and writers see the same database. */
export interface Source {
  entity(id: number): Promise<EntityRow | null>;
  entities(ids: readonly number[]): Promise<(EntityRow | null)[]>;
  /** A group with the members that exist. */
  group(id: number): Promise<{ version: number; members: number[] }>;
  /** Runs transactions that pass the crash points and report to a write's context. */
  transactor(context: WriteContext): Transactor<Tx>;
  /** The next version of an entity and of its group. */
  change(tx: Tx, entity: number, group: number, context: WriteContext): Promise<void>;
}

interface VersionRow {
  version: number;
}

interface EntityRow extends VersionRow {
  id: number;
}

export interface SourceOptions {
  pool: Pool;
  crashPoints: CrashPoints;
  /** How long a transaction waits before its commit. */
  commitDelayMs: () => number;
  /** How long a load takes after it has read the database. */
  loadDelayMs: () => number;
  onLoad: (key: string, startedAt: number, completedAt: number) => void;
}

export function createSource(options: SourceOptions): Source {
  const { pool, crashPoints, commitDelayMs, loadDelayMs, onLoad } = options;

  async function load<T>(key: string, query: () => Promise<T>): Promise<T> {
    const startedAt = now();
    const value = await query();
    const delayMs = loadDelayMs();
    if (delayMs > 0) await sleep(delayMs);
    onLoad(key, startedAt, now());
    return value;
  }

  async function commit(client: PoolClient, context: WriteContext): Promise<void> {
    const delayMs = commitDelayMs();
    if (delayMs > 0) await sleep(delayMs);
    await crashPoints.pass('before-commit', context);
    context.commitSent = true;
    const committed = client.query('COMMIT');
    await crashPoints.pass('commit-sent', context);
    await committed;
    context.committedAt = now();
    await crashPoints.pass('after-commit', context);
  }

  return {
    entity: (id) =>
      load(`entity:${id}`, async () => {
        const sql = 'SELECT id, version FROM entities WHERE id = $1 AND present';
        const { rows } = await pool.query<EntityRow>(sql, [id]);
        return rows[0] ?? null;
      }),
    entities: (ids) =>
      load('entities', async () => {
        const sql = 'SELECT id, version FROM entities WHERE id = ANY($1) AND present';
        const { rows } = await pool.query<EntityRow>(sql, [ids]);
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.map((id) => byId.get(id) ?? null);
      }),
    group: (id) =>
      load(`list:${id}`, async () => {
        const sql = `SELECT version, ARRAY(
            SELECT id FROM entities WHERE group_id = $1 AND present ORDER BY id
          ) AS members FROM groups WHERE id = $1`;
        const { rows } = await pool.query<{ version: number; members: number[] }>(sql, [id]);
        return rows[0]!;
      }),
    transactor: (context) => ({
      async transaction(work) {
        const client = await pool.connect();
        let failure: Error | undefined;
        try {
          await client.query('BEGIN');
          const result = await work(runnerOf(client));
          await commit(client, context);
          return result;
        } catch (error) {
          failure = error as Error;
          if (!context.commitSent) await client.query('ROLLBACK').catch(() => {});
          throw error;
        } finally {
          client.release(context.commitSent && failure ? failure : undefined);
        }
      },
    }),
    async change(tx, entity, group, context) {
      const entitySql = `UPDATE entities SET version = version + 1, present = (version + 1) % 5 <> 4
        WHERE id = ? RETURNING version`;
      const groupSql = 'UPDATE groups SET version = version + 1 WHERE id = ? RETURNING version';
      const changed = await tx.raw(entitySql, [entity]);
      const regrouped = await tx.raw(groupSql, [group]);
      context.entityVersion = (changed.rows as VersionRow[])[0]!.version;
      context.groupVersion = (regrouped.rows as VersionRow[])[0]!.version;
    },
  };
}

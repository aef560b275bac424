import { Client } from 'pg';

import type { Registers } from './registers.ts';

/** Makes the tables of the workload; those of the outbox are its own migration's. */
export async function createTables(databaseUrl: string): Promise<void> {
  await sendQuery(
    databaseUrl,
    `CREATE TABLE groups (id int PRIMARY KEY, version int NOT NULL DEFAULT 0);
     CREATE TABLE entities (
       id int PRIMARY KEY,
       group_id int NOT NULL REFERENCES groups,
       version int NOT NULL DEFAULT 0,
       present boolean NOT NULL DEFAULT true
     );
     CREATE TABLE cursor_outbox (
       id bigserial PRIMARY KEY,
       fence text NOT NULL,
       targets jsonb NOT NULL
     );`,
  );
}

export async function addRegisters(databaseUrl: string, registers: Registers): Promise<void> {
  const { base, entities, groups } = registers;
  await sendQuery(
    databaseUrl,
    `INSERT INTO groups (id) SELECT generate_series(${base}, ${base + groups - 1});
     INSERT INTO entities (id, group_id)
     SELECT ${base} + n, ${base} + n % ${groups} FROM generate_series(0, ${entities - 1}) n;`,
  );
}

/** The versions in the database, by table and id. */
export async function readVersions(
  databaseUrl: string,
  { base }: Registers,
): Promise<{ entities: Map<number, number>; groups: Map<number, number> }> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const read = async (table: 'entities' | 'groups') => {
      const sql = `SELECT id, version FROM ${table} WHERE id >= $1`;
      const { rows } = await client.query<{ id: number; version: number }>(sql, [base]);
      return new Map(rows.map(({ id, version }) => [id, version]));
    };
    return { entities: await read('entities'), groups: await read('groups') };
  } finally {
    await client.end();
  }
}

/** Runs statements on a connection of their own. */
export async function sendQuery(databaseUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

import { Client, escapeIdentifier } from 'pg';

/** Creates a database on the server of `adminUrl` and returns its url. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  // Not template1: a connection to it would make this fail, and template0 allows none.
  await execute(adminUrl, `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Drops a database, its sessions included. A missing one is no error. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

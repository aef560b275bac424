import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { relayFolder, serversOn, spawnRelay, startRelay } from './testing/relay.ts';

/** Starts Relay, expects that it ends with code 1 and leaves nothing running, and returns its output. */
async function refusal(dir: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, output } = await spawnRelay(dir, more).ended;
  expect({ code, output }).toEqual({ code: 1, output });
  expect(output).not.toMatch(/^ +at /m);
  expect(await serversOn(dir)).toEqual([]);
  return output;
}

async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

test('names the ports that are taken, and free ones, before anything starts', async () => {
  const dir = await relayFolder();
  const [port, adminPort] = [await takenPort(), await takenPort()];
  const message = await refusal(dir, { PORT: port, ADMIN_PORT: adminPort });
  expect(message).toContain(`PORT: port ${port} is already in use`);
  expect(message).toContain(`ADMIN_PORT: port ${adminPort} is already in use`);
  expect(message).toMatch(/Try PORT=\d+ ADMIN_PORT=\d+ npm start/);
  expect(await readdir(dir)).toEqual([]);
});

test('refuses one port for two', async () => {
  const message = await refusal(await relayFolder(), { PORT: '5050', ADMIN_PORT: '5050' });
  expect(message).toContain('ADMIN_PORT: must not be 5050 as well');
});

test('names every variable that is wrong, and shows no secret', async () => {
  const dir = await relayFolder();
  const wrong = {
    PORT: 'five',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://secret',
    REDIS_URL: 'localhost:6379',
    CACHE_TTL_SECONDS: '0',
    LOGINS_PER_ACCOUNT: '-1',
  };
  const message = await refusal(dir, wrong);
  for (const name of Object.keys(wrong)) {
    expect(message.split('\n').filter((line) => line.startsWith(`${name}:`))).toHaveLength(1);
  }
  expect(message).not.toContain('secret');
});

test('names the remedy for a broken data folder', async () => {
  const dir = await relayFolder();
  await mkdir(path.join(dir, 'postgres', 'cluster'), { recursive: true });
  const message = await refusal(dir);
  expect(message).toMatch(/Postgres cannot start on .*postgres/);
  expect(message).toContain('Delete the folder to start afresh');
});

test('names the remedy for a damaged file, and ends the Postgres it had started', async () => {
  const dir = await relayFolder();
  await writeFile(path.join(dir, 'database-passwords.json'), '{"auth":');
  expect(await refusal(dir)).toContain('database-passwords.json cannot be used. Delete it');
});

test('names the remedy for a database with deleted files', async () => {
  const dir = await relayFolder();
  const first = await startRelay(dir);
  const client = new Client({ connectionString: first.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ file: string }>(
    `select pg_relation_filepath('post.posts') as file`,
  );
  await client.end();
  await first.stop();
  await rm(path.join(dir, 'postgres', 'cluster', rows[0]!.file));
  const message = await refusal(dir);
  expect(message).toContain(path.join(dir, 'postgres'));
  expect(message).toContain('npm run reset');
});

test('names the remedy for a file that cannot be written', async () => {
  const dir = await relayFolder();
  // Root may write everywhere, but not a file where a folder is.
  await mkdir(path.join(dir, 'running.json', 'folder'), { recursive: true });
  const message = await refusal(dir);
  expect(message).toContain(path.join(dir, 'running.json'));
  expect(message).not.toContain('Ready');
  expect(message).toContain('npm run reset');
});

test.skipIf(process.getuid?.() === 0)('names a folder that cannot be written', async () => {
  const dir = await relayFolder();
  await chmod(dir, 0o555);
  expect(await refusal(dir)).toContain(`RELAY_DIR: ${dir} cannot be written (EACCES)`);
  await chmod(dir, 0o755);
});

test('refuses a RELAY_DIR that is a file', async () => {
  const file = path.join(await relayFolder(), 'file');
  await writeFile(file, '');
  expect(await refusal(file)).toContain(file);
  const withDatabase = { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres' };
  expect(await refusal(file, withDatabase)).toContain('RELAY_DIR');
});

test('refuses a DATABASE_URL that does not answer', async () => {
  const dir = await relayFolder();
  for (const host of ['127.0.0.1', 'localhost']) {
    const message = await refusal(dir, { DATABASE_URL: `postgres://me:secret@${host}:1/relay` });
    expect(message).toMatch(/^DATABASE_URL: .*ECONNREFUSED/m);
    expect(message).not.toContain('secret');
  }
});

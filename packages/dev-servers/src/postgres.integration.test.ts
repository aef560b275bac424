import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { Client } from 'pg';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';

import { postgresDataFolders, removeServerData } from './data.ts';
import { DevServerError } from './errors.ts';
import { startPostgres, type LocalPostgres, type PostgresOptions } from './postgres.ts';
import { commandOf } from './processes.ts';
import { occupyPort, startOwner } from './test-owner.ts';

const running: LocalPostgres[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});

async function start(options: PostgresOptions): Promise<LocalPostgres> {
  const postgres = await startPostgres({
    ...options,
    settings: { fsync: 'off', ...options.settings },
  });
  running.push(postgres);
  return postgres;
}

async function failure(options: PostgresOptions): Promise<string> {
  const error: unknown = await start(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DevServerError);
  return String(error);
}

function newFolder(): string {
  const parent = mkdtempSync(path.join(inject('testFolder'), 'postgres-'));
  chmodSync(parent, 0o755);
  return path.join(parent, "it's data");
}

/** A folder with a Postgres that was stopped: a copy, for initdb takes most of a start. */
async function stoppedFolder(): Promise<string> {
  stopped ??= start({ dataDir: newFolder() }).then(async (postgres) => {
    await postgres.stop();
    return postgres.dataDir;
  });
  const folder = newFolder();
  await promisify(execFile)('cp', ['-a', await stopped, folder]);
  return folder;
}
let stopped: Promise<string> | undefined;

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  it('keeps data and password over stop and start, and serves Postgres 17 on 127.0.0.1 only', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await start({ dataDir });
    expect(second.url.replace(/:\d+\/postgres$/, '')).toBe(
      first.url.replace(/:\d+\/postgres$/, ''),
    );
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const shown = `SELECT current_setting('listen_addresses') AS addresses,
      current_setting('unix_socket_directories') AS sockets,
      current_setting('server_version_num')::int / 10000 AS major`;
    expect(await query(second.url, shown)).toEqual([
      { addresses: '127.0.0.1', sockets: '', major: 17 },
    ]);
  });

  it('takes settings, quoting them', async () => {
    const settings = {
      shared_preload_libraries: 'pg_stat_statements',
      cluster_name: "it's",
    };
    const { url } = await start({ dataDir: await stoppedFolder(), settings });
    await query(url, 'CREATE EXTENSION pg_stat_statements');
    expect(await query(url, "SELECT current_setting('cluster_name') AS name")).toEqual([
      { name: "it's" },
    ]);
  });

  it('requires the password, which only its owner may read', async () => {
    const { url, dataDir } = await start({ dataDir: await stoppedFolder() });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('recovers transactions committed before a crash', async () => {
    const dataDir = await stoppedFolder();
    const first = await start({ dataDir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const client = new Client({ connectionString: first.url });
    client.on('error', () => {});
    await client.connect();
    await Promise.all([
      expect(client.query('SELECT pg_sleep(60)')).rejects.toThrow('terminated'),
      first.kill(),
    ]);

    const second = await start({ dataDir });
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('leaves a later server alone when an old handle is stopped again', async () => {
    const dataDir = await stoppedFolder();
    const first = await start({ dataDir });
    await first.stop();
    const second = await start({ dataDir });
    await first.stop();
    await first.kill();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names the port when it is taken', async () => {
    await using taken = await occupyPort();
    const message = await failure({ dataDir: await stoppedFolder(), port: taken.port });
    expect(message).toContain(`port ${taken.port} is taken`);
  });
});

describe('startPostgres on a folder in use', () => {
  it('refuses while the process that started it lives, naming that process', async () => {
    const dataDir = await stoppedFolder();
    const owner = await startOwner({
      module: 'postgres.ts',
      call: 'startPostgres',
      argument: { dataDir },
    });
    try {
      const message = await failure({ dataDir });
      expect(message).toContain(`already runs on ${dataDir}`);
      expect(await query(owner.reported.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await owner.kill();
      // Takes over, so that the orphan is stopped after the test.
      await start({ dataDir });
    }
  });

  it('refuses a second start in the same process', async () => {
    const { dataDir } = await start({ dataDir: await stoppedFolder() });
    expect(await failure({ dataDir })).toContain(`started by process ${process.pid}`);
  });

  it('stops the Postgres that a killed process left, keeps its data and reports it', async () => {
    const dataDir = await stoppedFolder();
    const owner = await startOwner({
      module: 'postgres.ts',
      call: 'startPostgres',
      argument: { dataDir },
    });
    await query(owner.reported.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await owner.kill();
    const log = vi.fn<(message: string) => void>();

    const { url, pid } = await start({ dataDir, log });
    expect(pid).not.toBe(owner.reported.pid);
    expect(log.mock.calls.join('\n')).toContain(`process ${owner.reported.pid}`);
    expect(await commandOf(owner.reported.pid)).toBeUndefined();
    expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('spares another process with the pid of a Postgres that has ended', async () => {
    const dataDir = await stoppedFolder();
    await (await start({ dataDir })).stop();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)']);
    try {
      const note = `${stranger.pid}\n${path.join(dataDir, 'cluster')}\n0\n5432\n\n\n`;
      await writeFile(path.join(dataDir, 'cluster/postmaster.pid'), note);
      const { url } = await start({ dataDir });
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
      await once(stranger, 'exit');
    }
  });
});

describe('startPostgres on a broken folder', () => {
  it.each([
    {
      name: 'no version',
      breakIt: (cluster: string) => rm(path.join(cluster, 'PG_VERSION')),
      cause: 'PG_VERSION is missing',
    },
    {
      name: 'another major version',
      breakIt: (cluster: string) => writeFile(path.join(cluster, 'PG_VERSION'), '16\n'),
      cause: 'written by Postgres 16',
    },
    {
      name: 'no password',
      breakIt: (cluster: string) => rm(path.join(cluster, '../password')),
      cause: '"password" is missing',
    },
    {
      name: 'a cut control file',
      breakIt: (cluster: string) => truncate(path.join(cluster, 'global/pg_control'), 100),
      cause: 'pg_control',
    },
    {
      name: 'no control file',
      breakIt: (cluster: string) => rm(path.join(cluster, 'global/pg_control')),
      cause: 'pg_control',
    },
  ])('names folder, cause and remedy: $name', async ({ breakIt, cause }) => {
    const dataDir = await stoppedFolder();
    await breakIt(path.join(dataDir, 'cluster'));
    const message = await failure({ dataDir });
    expect(message).toContain(`cannot start on ${dataDir}`);
    expect(message).toContain(cause);
    expect(message).toContain('Delete the folder to start afresh');
  });

  it('starts afresh once the folder was deleted', async () => {
    const dataDir = await stoppedFolder();
    await rm(path.join(dataDir, 'cluster/PG_VERSION'));
    await failure({ dataDir });
    await rm(dataDir, { recursive: true });
    const { url } = await start({ dataDir });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names a wrong setting', async () => {
    const settings = { no_such_setting: '1' };
    expect(await failure({ dataDir: await stoppedFolder(), settings })).toContain(
      'no_such_setting',
    );
  });

  it('refuses a file in place of the folder', async () => {
    const dataDir = newFolder();
    await writeFile(dataDir, '');
    expect(await failure({ dataDir })).toContain(`cannot use the folder ${dataDir}`);
  });

  it('takes an interrupted initdb for none at all', async () => {
    const dataDir = newFolder();
    await mkdir(path.join(dataDir, 'cluster.new-0000/base'), { recursive: true });
    const { url } = await start({ dataDir });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).not.toContain('cluster.new-0000');
  });
});

describe('the data of a Postgres', () => {
  it('is found, and deleted once its owner is gone, and not before', async () => {
    const dataDir = newFolder();
    const { dataDir: folder } = await start({ dataDir });
    expect(await postgresDataFolders(dataDir)).toEqual([folder]);
    await expect(removeServerData(folder)).rejects.toThrow('already runs on');
    await running[0]!.stop();
    await removeServerData(folder);
    expect(await postgresDataFolders(dataDir)).toEqual([]);
    await removeServerData(folder);
  });

  it('reports the end of a server that was killed', async () => {
    const { pid, whenEnded } = await start({ dataDir: await stoppedFolder() });
    process.kill(pid, 'SIGKILL');
    await whenEnded();
    expect(await commandOf(pid)).toBeUndefined();
  });
});

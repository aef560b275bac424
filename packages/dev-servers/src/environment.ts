import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

// The one file of this package that reads the environment: these variables belong to the machine (PATH,
// CI), not to a service's configuration.
/* oxlint-disable no-process-env */

/** Where a program is: the first of this name in the folders of the PATH that may be run. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const file = path.join(folder, name);
    const usable = await access(file, constants.X_OK).then(
      async () => (await stat(file)).isFile(),
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
}

/** True on a CI machine, where something missing is a failure and never a reason to skip. */
export function isCi(): boolean {
  return process.env.CI === 'true';
}

/**
 * The environment for Postgres' programs: the caller's, without the PG* variables that would redirect them,
 * with messages in English (we read them) and UTC (initdb otherwise searches the time zone by trial).
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}

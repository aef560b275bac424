import path from 'node:path';

// The one file of this package that reads the environment: what it reads belongs to the machine (PATH, CI),
// not to a service's configuration.
/* oxlint-disable no-process-env */

/** The folders in which the shell would look for a program. */
export function searchPath(): string[] {
  return (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
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

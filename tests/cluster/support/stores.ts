import type { Release } from './cluster.ts';

/** Runs `redis-cli` in the Redis pod, as the user `default`. */
export function redisCli({ exec }: Release, ...args: string[]): Promise<string> {
  return exec('relay-redis-0', 'redis-cli', ...args);
}

/** Deletes every cache entry of the post service. */
export async function emptyCache(release: Release): Promise<void> {
  // Leases first: a load in progress then stores nothing.
  for (const keys of ['lease:*', 'posts:*', 'cache:grace:*']) await removeKeys(release, keys);
}

export async function removeKeys(release: Release, pattern: string): Promise<void> {
  const keys = await redisCli(release, '--scan', '--pattern', pattern);
  if (keys !== '') await redisCli(release, 'UNLINK', ...keys.split('\n'));
}

/** Runs SQL in the Postgres pod, as the superuser over the Unix socket. */
export function psql({ exec }: Release, sql: string): Promise<string> {
  const options = ['--no-psqlrc', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1'];
  return exec(
    'relay-postgres-0',
    'psql',
    ...options,
    '--username=postgres',
    '--dbname=relay',
    '--command',
    sql,
  );
}

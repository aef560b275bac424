import type { Release } from './cluster.ts';

/** `redis-cli` in the real pod, as its operator. */
export function redisCli({ exec }: Release, ...args: string[]): Promise<string> {
  return exec('relay-redis-0', 'redis-cli', ...args);
}

/** Takes every entry of the post service out of the cache. */
export async function emptyCache(release: Release): Promise<void> {
  // Records first: a load under way then stores nothing.
  for (const keys of ['lease:*', 'posts:*', 'cache:grace:*']) await removeKeys(release, keys);
}

export async function removeKeys(release: Release, pattern: string): Promise<void> {
  const keys = await redisCli(release, '--scan', '--pattern', pattern);
  if (keys !== '') await redisCli(release, 'UNLINK', ...keys.split('\n'));
}

/** One statement as the superuser, on the real pod's own socket. */
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

import { once } from 'node:events';

import type { RedisClient } from '@relay/cache/redis';
import { createLogger } from '@relay/service-kit/process/logger';
import { connectRedis, type RedisSettings } from '@relay/service-kit/redis/connection';

/** Where a Redis is. The URL has its password, if it has one. */
export type RedisPlace = Pick<RedisSettings, 'url' | 'cluster' | 'sentinel'>;

const TIMEOUT_MS = 2000;
const SILENT = createLogger({ level: 'silent', destination: { write() {} } });

/**
 * Connects to a Redis, for a command.
 *
 * @returns the client, or the problem: words without a password that follow "Redis at host"
 */
export async function openRedis(place: RedisPlace): Promise<RedisClient | { problem: string }> {
  const client = connectRedis({ ...place, commandTimeoutMs: TIMEOUT_MS, log: SILENT });
  try {
    // Fails at the first error: a refused connection or password is not retried.
    await once(client, 'ready', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return client;
  } catch (error) {
    client.disconnect();
    return { problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error) || error.name === 'AbortError') return 'does not answer';
  const { message } = error;
  if (message.includes('NOAUTH')) return 'requires a password';
  if (/WRONGPASS|AUTH <password>|invalid password/.test(message)) return 'refuses the password';
  if ('code' in error) return `does not answer (${String(error.code)})`;
  // Redis' own words: a code in capitals first, and no argument of ours.
  return `refuses the connection (${message.split(' ', 1)[0]})`;
}

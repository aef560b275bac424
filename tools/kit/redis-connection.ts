import { once } from 'node:events';

import type { RedisClient } from '@relay/cache/redis';
import { createLogger } from '@relay/service-kit/process/logger';
import { connectRedis } from '@relay/service-kit/redis/connection';

/** Where a Redis is. */
export interface RedisPlace {
  /** With its password, if it has one. */
  url: string;
  /** The URL is one node of a Redis Cluster. */
  cluster: boolean;
}

const CONNECT_TIMEOUT_MS = 2000;
const SILENT = createLogger({ level: 'silent', destination: { write() {} } });

/**
 * Connects to a Redis, as all commands do.
 *
 * @returns the client, or why there is none: words without a password that follow "Redis at host"
 */
export async function openRedis(
  { url, cluster }: RedisPlace,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<RedisClient | { problem: string }> {
  let lastError: Error | undefined;
  const failed = Promise.withResolvers<never>();
  const client = connectRedis({
    url,
    cluster,
    commandTimeoutMs: timeoutMs,
    log: SILENT,
    watch(event) {
      if (event.type !== 'error') return;
      lastError = event.error;
      // Repeating a password helps as little as repeating a refused connection within two seconds.
      failed.reject(event.error);
    },
  });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await Promise.race([once(client, 'ready', { signal }), failed.promise]);
    return client;
  } catch {
    client.disconnect();
    return { problem: problemOf(lastError) };
  }
}

function problemOf(error: Error | undefined): string {
  if (error === undefined) return 'does not answer';
  const { message } = error;
  if (/WRONGPASS|NOAUTH|AUTH <password>|invalid password/.test(message)) {
    return message.includes('NOAUTH') ? 'requires a password' : 'refuses the password';
  }
  if ('code' in error) return `does not answer (${String(error.code)})`;
  // Redis' own words: a code in capitals first, and no argument of ours.
  return `refuses the connection (${message.split(' ', 1)[0]})`;
}

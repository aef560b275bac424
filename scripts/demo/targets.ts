import { httpUrl, readConfig, redisUrl } from '@relay/service-kit';

import { relayDir } from '../start/config.ts';
import { findRunning } from '../start/running.ts';

/** Where the demo goes. */
export interface Targets {
  baseUrl: string;
  adminUrl: string;
  /** `undefined`: Relay is known to cache in its own process. */
  redisUrl: string | undefined;
}

const DEFAULTS = {
  baseUrl: 'http://localhost:5000',
  adminUrl: 'http://localhost:5001',
  redisUrl: 'redis://127.0.0.1:6379',
};

/**
 * BASE_URL, ADMIN_URL and REDIS_URL, else those of the Relay that runs on this machine, else the
 * usual ports.
 *
 * @throws ConfigError
 */
export async function findTargets(environment: NodeJS.ProcessEnv): Promise<Targets> {
  const given = readConfig(
    {
      BASE_URL: httpUrl().optional(),
      ADMIN_URL: httpUrl().optional(),
      REDIS_URL: redisUrl().optional(),
    },
    environment,
  );
  const running = await findRunning(relayDir(environment));
  const baseUrl = withoutSlash(given.BASE_URL ?? running?.apiUrl ?? DEFAULTS.baseUrl);
  // Another Relay's counters and keys would only confuse.
  const own = running?.apiUrl === baseUrl ? running : undefined;
  return {
    baseUrl,
    adminUrl: withoutSlash(given.ADMIN_URL ?? own?.adminUrl ?? DEFAULTS.adminUrl),
    redisUrl: given.REDIS_URL ?? (own ? (own.redisUrl ?? undefined) : DEFAULTS.redisUrl),
  };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '');

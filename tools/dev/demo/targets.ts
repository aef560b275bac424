import { readPlaces } from '../../kit/places.ts';
import type { RedisPlace } from '../../kit/redis-connection.ts';
import { relayDir } from '../start/folder.ts';
import { findRunning } from '../start/running.ts';
import { DemoError } from './api.ts';

/** Where the demo goes. */
export interface Targets {
  baseUrl: string;
  /** `undefined`: not known. */
  adminUrl: string | undefined;
  /** `none`: Relay is known to cache in its own process; `unknown`: its Redis is not known. */
  redis: RedisPlace | 'none' | 'unknown';
}

const DEFAULTS = { baseUrl: 'http://localhost:5000', adminUrl: 'http://localhost:5001' };

/**
 * The places of the environment, else those of the Relay that runs on Relay's folder, else the usual
 * ports, where that of a cluster is.
 *
 * @throws ConfigError
 * @throws DemoError when a folder was named on which no Relay runs
 */
export async function findTargets(environment: NodeJS.ProcessEnv): Promise<Targets> {
  const given = readPlaces(environment);
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  if (!given.apiUrl && !running && environment['RELAY_DIR']) {
    throw new DemoError(`No Relay runs on ${dir}. Start it first: RELAY_DIR=${dir} npm start`);
  }
  const baseUrl = given.apiUrl ?? running?.apiUrl ?? DEFAULTS.baseUrl;
  // Another Relay's counters and keys would only confuse.
  const own = running?.apiUrl === baseUrl ? running : undefined;
  const usualAdminUrl = baseUrl === DEFAULTS.baseUrl ? DEFAULTS.adminUrl : undefined;
  return {
    baseUrl,
    adminUrl: given.adminUrl ?? own?.adminUrl ?? usualAdminUrl,
    redis: given.redis ?? (own ? (own.redis ?? 'none') : 'unknown'),
  };
}

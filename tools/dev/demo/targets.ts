import { UserError } from '../../kit/cli.ts';
import { readPlaces } from '../../kit/places.ts';
import type { RedisPlace } from '../../kit/redis-connection.ts';
import { npmCommand, relayDir } from '../start/folder.ts';
import { findRunning } from '../start/running.ts';

/** The URLs of the demo's calls. */
export interface Targets {
  baseUrl: string;
  /** Undefined if unknown. */
  adminUrl: string | undefined;
  /** `none`: Relay caches in its own process; `unknown`: its Redis is unknown. */
  redis: RedisPlace | 'none' | 'unknown';
}

const DEFAULTS = { baseUrl: 'http://localhost:5000', adminUrl: 'http://localhost:5001' };

/**
 * The URLs of the environment, else of the Relay that runs on the folder, else the default ports, which a
 * kind cluster publishes.
 *
 * @throws ConfigError
 * @throws UserError if RELAY_DIR is set and no Relay runs there
 */
export async function findTargets(environment: NodeJS.ProcessEnv): Promise<Targets> {
  const given = readPlaces(environment);
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  if (!given.apiUrl && !running && environment['RELAY_DIR']) {
    throw new UserError(`No Relay runs on ${dir}. Start it first: ${npmCommand(dir, 'start')}`);
  }
  const baseUrl = given.apiUrl ?? running?.apiUrl ?? DEFAULTS.baseUrl;
  // Never the counters and keys of another Relay.
  const own = running?.apiUrl === baseUrl ? running : undefined;
  const usualAdminUrl = baseUrl === DEFAULTS.baseUrl ? DEFAULTS.adminUrl : undefined;
  return {
    baseUrl,
    adminUrl: given.adminUrl ?? own?.adminUrl ?? usualAdminUrl,
    redis: given.redis ?? (own ? (own.redis ?? 'none') : 'unknown'),
  };
}

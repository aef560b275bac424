import path from 'node:path';

import { readAuthConfig } from '@relay/auth';
import { readPostConfig } from '@relay/post';
import { port, postgresUrl, readConfig } from '@relay/service-kit';
import { z } from 'zod';

const ROOT = path.join(import.meta.dirname, '..', '..');

/**
 * The services' own settings, with what suits one's own machine in place of a pod: the loopback
 * address, ports 5000 and 5001, and a database that is found later.
 *
 * @throws ConfigError
 */
export function readLocalConfig(environment: NodeJS.ProcessEnv) {
  const own = readConfig(
    {
      HOST: z.string().default('127.0.0.1'),
      PORT: port(5000),
      ADMIN_PORT: port(5001),
      RELAY_DIR: z.string().default(path.join(ROOT, '.relay')),
      DATABASE_URL: postgresUrl().optional(),
    },
    environment,
  );
  const dir = path.resolve(own.RELAY_DIR);
  const forServices = {
    ...environment,
    // Checked here, replaced when the database is known.
    DATABASE_URL: own.DATABASE_URL ?? 'postgres://unknown',
    SIGNING_KEYS_DIR: environment['SIGNING_KEYS_DIR'] || path.join(dir, 'signing-keys'),
  };
  const auth = readAuthConfig(forServices);
  const post = readPostConfig(forServices);
  const { HOST, PORT, ADMIN_PORT } = own;
  return {
    dir,
    ownerUrl: own.DATABASE_URL,
    redisUrl: post.REDIS_URL,
    serve: { HOST, PORT, ADMIN_PORT, SHUTDOWN_DEADLINE_MS: post.SHUTDOWN_DEADLINE_MS },
    auth,
    post,
  };
}

export type LocalConfig = ReturnType<typeof readLocalConfig>;

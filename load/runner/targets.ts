import { healthSchema } from '@relay/service-kit/http/health';

import { readSettings } from '../../tools/cluster/options.ts';
import { findRunning } from '../../tools/dev/start/running.ts';
import { DEFAULT_BASE_URL, withoutSlash } from '../settings.ts';
import { LoadError } from './errors.ts';
import { findServices, forwardPostPods, type Services } from './services.ts';

const TIMEOUT_MS = 10_000;

/** @throws LoadError when nothing answers there, or what does is not Relay */
export async function assertRelay(baseUrl: string): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${baseUrl}/api/posts/health`, { signal }).catch(
    (cause: unknown) => {
      const message = `Nothing answers at ${baseUrl}. Start Relay first: npm start, or npm run cluster`;
      throw new LoadError(message, { cause });
    },
  );
  const health: unknown = await response.json().catch(() => undefined);
  if (healthSchema.safeParse(health).success) return;
  throw new LoadError(
    `What answers at ${baseUrl} is not Relay (${response.status}). Set BASE_URL to where Relay is.`,
  );
}

interface Named {
  /** `BASE_URL`. */
  baseUrl: string | undefined;
  /** `RELAY_DIR`, or the folder of `npm start`. */
  relayDir: string;
  /** Whether the folder was named. */
  isNamed: boolean;
}

/**
 * Where to send the load: to the URL that was named, else to the Relay that runs on this machine, else
 * to the cluster of kind.
 *
 * @throws LoadError when nothing runs in a folder that was named
 */
export async function findBaseUrl({ baseUrl, relayDir, isNamed }: Named): Promise<string> {
  if (baseUrl !== undefined) return withoutSlash(baseUrl);
  const running = await findRunning(relayDir);
  if (running) return withoutSlash(running.apiUrl);
  if (!isNamed) return DEFAULT_BASE_URL;
  throw new LoadError(`No Relay runs in ${relayDir}. Start it, or set BASE_URL to where Relay is.`);
}

interface Target {
  baseUrl: string;
  /** Where `npm start` notes that it runs. */
  relayDir: string;
  /** The kubectl context of a cluster. `undefined`: not given, which is the one of npm run cluster. */
  context: string | undefined;
}

interface Wanted extends Target {
  /** Asked for by name. */
  adminUrl: string | undefined;
  /** Ends what was started to get there. */
  signal: AbortSignal;
}

/** Where the metrics of every process of the post service are. @throws LoadError when there is no way */
export async function findMetrics(wanted: Wanted): Promise<string[]> {
  const { adminUrl, signal } = wanted;
  if (adminUrl) return [withoutSlash(adminUrl)];
  const running = await findLocalRelay(wanted);
  if (running) return [running.adminUrl];
  const orElse = 'set ADMIN_URL to the admin port';
  return forwardPostPods(await findServices(contextOf(wanted, orElse), orElse), signal);
}

/**
 * The cluster whose pods are to be replaced.
 *
 * @throws LoadError when the load would go elsewhere: pods would be replaced for nothing
 */
export async function findCluster(wanted: Target): Promise<Services> {
  if (await findLocalRelay(wanted)) {
    throw new LoadError(
      `${wanted.baseUrl} is the Relay of npm start: there are no pods to replace.`,
    );
  }
  const orElse = 'give --no-restart and replace the pods yourself';
  return findServices(contextOf(wanted, orElse), orElse);
}

/** @throws LoadError if the load goes elsewhere than to the cluster of kind, and no other is named */
function contextOf({ baseUrl, context }: Target, orElse: string): string {
  if (context !== undefined) return context;
  if (new URL(originOf(baseUrl)).hostname === 'localhost') return readSettings({}).context;
  throw new LoadError(
    `Which cluster is behind ${baseUrl}? Name its kubectl context in CLUSTER_CONTEXT, or ${orElse}.`,
  );
}

/** The Relay of `npm start`, if that is what answers there. */
async function findLocalRelay({ baseUrl, relayDir }: Target) {
  const running = await findRunning(relayDir);
  return running && originOf(running.apiUrl) === originOf(baseUrl) ? running : undefined;
}

/** `localhost` and 127.0.0.1 are one. */
function originOf(url: string): string {
  return new URL(url).origin.replace('//127.0.0.1', '//localhost');
}

import { healthSchema } from '@relay/service-kit';

import { findRunning } from '../../scripts/start/running.ts';
import { withoutSlash } from '../settings.ts';
import { LoadError } from './errors.ts';
import { assertServices, findKubectl, forwardPostPods } from './kubectl.ts';

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

interface Wanted {
  baseUrl: string;
  /** Asked for by name. */
  adminUrl: string | undefined;
  /** Where `npm start` notes that it runs. */
  relayDir: string;
  /** Ends what was started to get there. */
  signal: AbortSignal;
}

/** Where the metrics of every process of the post service are. @throws LoadError when there is no way */
export async function findMetrics(wanted: Wanted): Promise<string[]> {
  const { baseUrl, adminUrl, relayDir, signal } = wanted;
  if (adminUrl) return [withoutSlash(adminUrl)];
  const running = await findLocalRelay(baseUrl, relayDir);
  if (running) return [running.adminUrl];
  return forwardPostPods(await findKubectl('set ADMIN_URL to the admin port'), signal);
}

/**
 * The cluster whose pods are to be replaced.
 *
 * @throws LoadError when the load would go elsewhere: pods would be replaced for nothing
 */
export async function findCluster({ baseUrl, relayDir }: Pick<Wanted, 'baseUrl' | 'relayDir'>) {
  if (await findLocalRelay(baseUrl, relayDir)) {
    throw new LoadError(`${baseUrl} is the Relay of npm start: there are no pods to replace.`);
  }
  const kubectl = await findKubectl('give --no-restart and replace the pods yourself');
  return { kubectl, context: await assertServices(kubectl) };
}

/** The Relay of `npm start`, if that is what answers there. */
async function findLocalRelay(baseUrl: string, relayDir: string) {
  const running = await findRunning(relayDir);
  return running && originOf(running.apiUrl) === originOf(baseUrl) ? running : undefined;
}

/** `localhost` and 127.0.0.1 are one. */
function originOf(url: string): string {
  return new URL(url).origin.replace('//127.0.0.1', '//localhost');
}

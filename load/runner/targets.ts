import { healthSchema } from '@relay/service-kit';

import { findRunning } from '../../scripts/start/running.ts';
import { withoutSlash } from '../settings.ts';
import { LoadError } from './errors.ts';
import { findKubectl, forwardPostPods } from './kubectl.ts';

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
  const running = await findRunning(relayDir);
  if (running && isSame(running.apiUrl, baseUrl)) return [running.adminUrl];
  return forwardPostPods(await findKubectl('set ADMIN_URL to the admin port'), signal);
}

function isSame(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin;
}

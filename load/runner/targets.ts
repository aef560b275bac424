import { findRunning } from '../../tools/dev/start/running.ts';
import { UserError } from '../../tools/kit/cli.ts';
import { DEFAULT_CONTEXT } from '../../tools/kit/names.ts';
import { withoutSlash } from '../../tools/kit/urls.ts';
import { DEFAULT_BASE_URL } from '../settings.ts';
import { findServices, forwardPostPods, type Services } from './services.ts';

interface Named {
  /** `BASE_URL`. */
  baseUrl: string | undefined;
  /** `RELAY_DIR`, or the folder of `npm start`. */
  relayDir: string;
  /** Whether `RELAY_DIR` is set. */
  isNamed: boolean;
}

/**
 * The target of the load: BASE_URL, else the Relay that runs on this machine, else the kind cluster.
 *
 * @throws UserError if RELAY_DIR is set and no Relay runs there
 */
export async function findBaseUrl({ baseUrl, relayDir, isNamed }: Named): Promise<string> {
  if (baseUrl !== undefined) return withoutSlash(baseUrl);
  const running = await findRunning(relayDir);
  if (running) return running.apiUrl;
  if (!isNamed) return DEFAULT_BASE_URL;
  throw new UserError(`No Relay runs in ${relayDir}. Start it, or set BASE_URL to where Relay is.`);
}

interface Target {
  baseUrl: string;
  /** The folder of `npm start`. */
  relayDir: string;
  /** The kubectl context. Default: that of npm run cluster. */
  context: string | undefined;
}

interface Wanted extends Target {
  /** `ADMIN_URL`. */
  adminUrl: string | undefined;
  /** Ends the port-forwards. */
  signal: AbortSignal;
}

/** The admin URLs of every process of the post service. @throws UserError if they are unreachable */
export async function findMetrics(wanted: Wanted): Promise<string[]> {
  const { adminUrl, signal } = wanted;
  if (adminUrl) return [withoutSlash(adminUrl)];
  const running = await findLocalRelay(wanted);
  if (running) return [running.adminUrl];
  const orElse = 'set ADMIN_URL to the admin port';
  return forwardPostPods(await findServices(contextOf(wanted, orElse), orElse), signal);
}

/**
 * The cluster in which pods are replaced.
 *
 * @throws UserError if the load goes to another Relay
 */
export async function findCluster(wanted: Target): Promise<Services> {
  if (await findLocalRelay(wanted)) {
    throw new UserError(
      `${wanted.baseUrl} is the Relay of npm start: there are no pods to replace.`,
    );
  }
  const orElse = 'give --no-restart and replace the pods yourself';
  return findServices(contextOf(wanted, orElse), orElse);
}

/** @throws UserError if the load goes to another cluster than kind's, and CLUSTER_CONTEXT is not set */
function contextOf({ baseUrl, context }: Target, orElse: string): string {
  if (context !== undefined) return context;
  if (new URL(originOf(baseUrl)).hostname === 'localhost') return DEFAULT_CONTEXT;
  throw new UserError(
    `Which cluster is behind ${baseUrl}? Name its kubectl context in CLUSTER_CONTEXT, or ${orElse}.`,
  );
}

/** The Relay of `npm start`, if it is the target. */
async function findLocalRelay({ baseUrl, relayDir }: Target) {
  const running = await findRunning(relayDir);
  return running && originOf(running.apiUrl) === originOf(baseUrl) ? running : undefined;
}

/** `localhost` and 127.0.0.1 are one. */
function originOf(url: string): string {
  return new URL(url).origin.replace('//127.0.0.1', '//localhost');
}

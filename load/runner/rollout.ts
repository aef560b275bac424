import { setTimeout as wait } from 'node:timers/promises';

import { UserError } from '../../tools/kit/cli.ts';
import { restartServices, type Services } from './services.ts';

interface Rollout extends Services {
  /** Settles when k6 exits. */
  load: Promise<unknown>;
  /** Ends k6 after a failed rollout. */
  endLoad: () => void;
  print: (message: string) => void;
  /** The time under load before the pods are replaced. */
  beforeMs?: number;
}

/**
 * Replaces the pods of all services under load.
 *
 * @throws UserError if the load ended before all pods were replaced
 */
export async function replacePodsUnderLoad(rollout: Rollout): Promise<void> {
  const { kubectl, context, load, endLoad, print, beforeMs = 15_000 } = rollout;
  let hasEnded = false;
  const ended = load.catch(() => {}).then(() => (hasEnded = true));
  await Promise.race([wait(beforeMs, undefined, { ref: false }), ended]);
  if (!hasEnded) {
    print(
      `kubectl rollout restart of relay-auth, relay-post and relay-web, in the cluster ${context} …`,
    );
    const startedAt = performance.now();
    try {
      // A rollout that outlives the load is not awaited.
      await Promise.race([restartServices(kubectl), ended]);
    } catch (error) {
      endLoad();
      await ended;
      throw error;
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    if (!hasEnded) print(`All pods are new after ${seconds} s.`);
  }
  if (!hasEnded) return;
  throw new UserError('The load ended before all pods were new. Give a longer --duration.');
}

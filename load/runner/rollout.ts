import { setTimeout as wait } from 'node:timers/promises';

import { LoadError } from './errors.ts';
import { restartServices, type Services } from './services.ts';

interface Rollout extends Services {
  /** k6, until it ends. */
  load: Promise<unknown>;
  /** Ends k6: its load proves nothing any more. */
  endLoad: () => void;
  say: (message: string) => void;
  /** How long the load is under way before pods are replaced. */
  beforeMs?: number;
}

/**
 * Replaces the pods of both services under load.
 *
 * @throws LoadError when they were not, or not before the load ended
 */
export async function replacePodsUnderLoad(rollout: Rollout): Promise<void> {
  const { kubectl, context, load, endLoad, say, beforeMs = 15_000 } = rollout;
  let hasEnded = false;
  const ended = load.catch(() => {}).then(() => (hasEnded = true));
  await Promise.race([wait(beforeMs, undefined, { ref: false }), ended]);
  if (!hasEnded) {
    say(`kubectl rollout restart of relay-auth and relay-post, in the cluster ${context} …`);
    const startedAt = performance.now();
    try {
      // Nobody waits for a rollout that is no longer under load.
      await Promise.race([restartServices(kubectl), ended]);
    } catch (error) {
      endLoad();
      await ended;
      throw error;
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    if (!hasEnded) say(`All pods are new after ${seconds} s.`);
  }
  if (!hasEnded) return;
  throw new LoadError('The load ended before all pods were new. Give a longer --duration.');
}

import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '../../cluster/support/api.ts';
import { constantLoad, type Request } from '../../cluster/support/load.ts';

/** Sends requests at a constant rate until it is healed. */
export function load(healing: AsyncDisposableStack, perSecond: number, request: Request): void {
  const running = constantLoad([request], perSecond);
  healing.defer(async () => void (await running.stop()));
}

/** A page that is not the first: no cache keeps it, and Postgres is asked each time. */
export const uncached =
  (client: Client): Request =>
  () =>
    client.send('GET', '/api/posts?limit=3');

/** Does something again and again until it is healed. */
export function again(
  healing: AsyncDisposableStack,
  everyMs: number,
  action: () => Promise<unknown>,
): void {
  const healed = new AbortController();
  const repeating = (async () => {
    while (!healed.signal.aborted) {
      await action();
      await sleep(everyMs);
    }
  })();
  // It is asked for at the end only.
  repeating.catch(() => undefined);
  healing.defer(async () => {
    healed.abort();
    await repeating;
  });
}

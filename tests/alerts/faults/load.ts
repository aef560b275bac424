import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '../../cluster/support/api.ts';
import { constantLoad, type Request } from '../../cluster/support/load.ts';

/** Sends requests at a constant rate until the recovery. */
export function sendLoad(
  recovery: AsyncDisposableStack,
  perSecond: number,
  request: Request,
): void {
  const running = constantLoad([request], perSecond);
  recovery.defer(async () => void (await running.stop()));
}

/** A page size that is never cached, so every request reads Postgres. */
export const uncachedRead =
  (client: Client): Request =>
  () =>
    client.send('GET', '/api/posts?limit=3');

export const failedLogin =
  (client: Client): Request =>
  () =>
    client.send('POST', '/api/auth/login', {
      email: 'relay-drill@example.com',
      password: 'not the password',
    });

/** Repeats an action until the recovery, which rejects if the action failed. */
export function repeat(
  recovery: AsyncDisposableStack,
  everyMs: number,
  action: () => Promise<unknown>,
): void {
  const recovered = new AbortController();
  const repeating = (async () => {
    while (!recovered.signal.aborted) {
      await action();
      await sleep(everyMs);
    }
  })();
  repeating.catch(() => undefined);
  recovery.defer(async () => {
    recovered.abort();
    await repeating;
  });
}

import type { RedisStoreClient } from './redis-like.ts';
import { notConnected } from './store-errors.ts';

export interface Connection {
  /** Calls may be sent. */
  readonly isOpen: boolean;
  /**
   * Resolves when calls may be sent. The first call connects a lazy client, and waits until the first
   * attempt to connect has ended; later ones reject at once while there is no connection.
   */
  opened(): Promise<void>;
}

/**
 * @param onFirstReady the first call also waits for its promise, which never rejects
 */
export function createConnection(
  client: RedisStoreClient,
  onFirstReady: () => Promise<void>,
): Connection {
  let settled = false;
  const firstAttempt = new Promise<void>((resolve) => {
    const end = (): void => {
      settled = true;
      client.off('ready', onReady);
      client.off('close', end);
      client.off('end', end);
      resolve();
    };
    const onReady = (): void => void onFirstReady().then(end);
    if (client.status === 'ready') return onReady();
    if (client.status === 'end') return end();
    client.on('ready', onReady);
    client.on('close', end);
    client.on('end', end);
  });

  return {
    get isOpen() {
      return settled && client.status === 'ready';
    },
    async opened() {
      // Its failure ends the first attempt.
      if (client.status === 'wait') client.connect().catch(() => {});
      if (!settled) await firstAttempt;
      if (client.status !== 'ready') throw notConnected();
    },
  };
}

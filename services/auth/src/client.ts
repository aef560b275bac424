import type { ServerResponse } from 'node:http';

/** The client of a request. */
export interface Client {
  /** The address for the rate limits. */
  address: string;
  /** Aborted when the connection closes, after which no response can be sent. */
  disconnected: AbortSignal;
}

export function clientOf({ ip, res }: { ip: string; res: ServerResponse }): Client {
  const controller = new AbortController();
  if (res.closed) controller.abort();
  else res.once('close', () => controller.abort());
  return { address: ip, disconnected: controller.signal };
}

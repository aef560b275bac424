import type { ServerResponse } from 'node:http';

/** The client of a request. */
export interface Client {
  /** The address that the rate limits count. */
  address: string;
  /** Aborted when the connection has closed: no answer can be sent any more. */
  gone: AbortSignal;
}

export function clientOf({ ip, res }: { ip: string; res: ServerResponse }): Client {
  const gone = new AbortController();
  if (res.closed) gone.abort();
  else res.once('close', () => gone.abort());
  return { address: ip, gone: gone.signal };
}

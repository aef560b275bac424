import type { ServerResponse } from 'node:http';

/** The client of a request. */
export interface Client {
  /** The address for the rate limits. */
  address: string;
  /** The `User-Agent`, cut to 200 characters. */
  userAgent: string | null;
  /** Aborted when the connection closes, after which no response can be sent. */
  disconnected: AbortSignal;
}

interface ClientContext {
  ip: string;
  res: ServerResponse;
  get(header: string): string;
}

/** The limit of the column, too. */
const MAX_USER_AGENT_CHARACTERS = 200;

export function clientOf(ctx: ClientContext): Client {
  const { ip, res } = ctx;
  const controller = new AbortController();
  if (res.closed) controller.abort();
  else res.once('close', () => controller.abort());
  const userAgent = ctx.get('User-Agent').slice(0, MAX_USER_AGENT_CHARACTERS) || null;
  return { address: ip, userAgent, disconnected: controller.signal };
}

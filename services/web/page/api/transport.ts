import { signal, type ReadonlySignal } from '@preact/signals';

import { errorOf, NetworkError } from './problem.ts';
import { cacheHeadersOf, type RequestLog } from './request-log.ts';

/** A request of Relay's API. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: object;
  headers?: Readonly<Record<string, string>>;
  /** Leaves the request out of the log: of the page's own look at the cache, every few seconds. */
  unlogged?: boolean;
  /** Whether a repetition changes nothing more: with an idempotency key, or of the same vote. */
  isRepeatable?: boolean;
  /** Lets the request continue after its page is closed. */
  keepalive?: boolean;
  /** 15 seconds by default. */
  timeoutMs?: number;
}

/** Sends a request, and returns the JSON of its response; `undefined` for an empty one. */
export type Send = <Body>(call: Call) => Promise<Body>;

export interface Transport {
  /** @throws ApiError, NetworkError */
  send: Send;
  /** Whether the last request got a response. */
  reachable: ReadonlySignal<boolean>;
}

interface TransportOptions {
  fetch: typeof globalThis.fetch;
  log: RequestLog;
  /** Milliseconds since the epoch. Jumps when the clock is set, and over the sleep of the machine. */
  now?: () => number;
  /** Milliseconds, with fractions, of a clock that never jumps. */
  uptime?: () => number;
}

const TIMEOUT_MS = 15_000;

/** Creates the function through which every request of the page passes: records it, and turns failures to errors. */
export function createTransport(options: TransportOptions): Transport {
  const { fetch, log, now = Date.now, uptime = () => performance.now() } = options;
  const reachable = signal(true);

  async function respond(call: Call): Promise<[Response, string]> {
    const { method, path, body, headers, keepalive = false, timeoutMs = TIMEOUT_MS } = call;
    try {
      const response = await fetch(path, {
        method,
        headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        keepalive,
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Before the record: the time of the whole response, and an error of its body is one of the network.
      return [response, await response.text()];
    } catch (cause) {
      throw new NetworkError('No response', { cause });
    }
  }

  async function send<Body>(call: Call): Promise<Body> {
    const startedMs = uptime();
    const { method, path } = call;
    const record = (more: { status: number | undefined } & ReturnType<typeof cacheHeadersOf>) => {
      if (call.unlogged) return;
      log.add({ atMs: now(), method, path, totalMs: uptime() - startedMs, ...more });
    };
    try {
      const [response, text] = await respond(call);
      reachable.value = true;
      record({ status: response.status, ...cacheHeadersOf(response.headers) });
      if (!response.ok) throw errorOf(response, text, call.isRepeatable);
      return (text === '' ? undefined : JSON.parse(text)) as Body;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      reachable.value = false;
      record({ status: undefined, source: undefined, serverMs: undefined });
      throw error;
    }
  }

  return { send, reachable };
}

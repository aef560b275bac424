import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import { table } from '../table.ts';

/** How a Relay has to be started for it: each login of the flood comes from an address of its own. */
export const LOGIN_FLOOD_ENVIRONMENT = { TRUSTED_HOPS: '1' } as const;

/** Latencies in milliseconds, of one kind of call. */
export interface ProbeLatency {
  p50Ms: number;
  p99Ms: number;
  requests: number;
  /** Answers other than 200, and none. */
  failures: number;
}

export interface LoginFlood {
  /** Logins under way at a time. */
  clients: number;
  refresh: { quiet: ProbeLatency; flooded: ProbeLatency };
  health: { quiet: ProbeLatency; flooded: ProbeLatency };
  /** Logins of the flood by what came of them. */
  logins: { checked: number; refused: number; failed: number };
}

interface LoginFloodOptions {
  /** Of a Relay with `LOGIN_FLOOD_ENVIRONMENT`. */
  url: string;
  clients: number;
  /** The length of each of the two measurements. */
  seconds: number;
}

/**
 * Measures refreshes and health checks, one at a time each, while nothing else is asked and then
 * while many clients log in. Each client repeats its login at once, or after `Retry-After`.
 */
export async function measureLoginFlood(options: LoginFloodOptions): Promise<LoginFlood> {
  const { url, clients, seconds } = options;
  const refreshToken = await newSession(url);
  const refreshes = refresher(url, refreshToken);
  const checks = () => fetch(`${url}/api/auth/health`);
  const probe = async () => {
    const ended = AbortSignal.timeout(seconds * 1000);
    const [refresh, health] = await Promise.all([repeat(refreshes, ended), repeat(checks, ended)]);
    return { refresh, health };
  };

  await probe();
  const quiet = await probe();
  const flood = startFlood(url, clients);
  const flooded = await probe();
  const logins = await flood.end();
  return {
    clients,
    refresh: { quiet: quiet.refresh, flooded: flooded.refresh },
    health: { quiet: quiet.health, flooded: flooded.health },
    logins,
  };
}

export function loginFloodTable({ clients, refresh, health, logins }: LoginFlood): string {
  const title = `${clients} logins at a time`;
  const head = [title, 'quiet p50 ms', 'quiet p99 ms', 'flood p50 ms', 'flood p99 ms', 'failed'];
  const row = (name: string, { quiet, flooded }: LoginFlood['refresh']) => [
    name,
    ...[quiet.p50Ms, quiet.p99Ms, flooded.p50Ms, flooded.p99Ms].map((ms) => ms.toFixed(1)),
    String(quiet.failures + flooded.failures),
  ];
  const { checked, refused, failed } = logins;
  return [
    table(head, [row('refresh', refresh), row('health', health)]),
    '',
    `Logins: ${checked} checked, ${refused} refused with Retry-After, ${failed} failed`,
  ].join('\n');
}

const NS_PER_MS = 1e6;
const PAUSE_MS = 10;

/** Calls again and again, with a pause between. */
async function repeat(call: () => Promise<Response>, ended: AbortSignal): Promise<ProbeLatency> {
  const latencies = createHistogram();
  let failures = 0;
  while (!ended.aborted) {
    const startedAt = performance.now();
    const ok = await call().then(
      ({ status }) => status === 200,
      () => false,
    );
    latencies.record(Math.max(1, Math.round((performance.now() - startedAt) * NS_PER_MS)));
    if (!ok) failures += 1;
    await wait(PAUSE_MS);
  }
  return {
    p50Ms: latencies.percentile(50) / NS_PER_MS,
    p99Ms: latencies.percentile(99) / NS_PER_MS,
    requests: latencies.count,
    failures,
  };
}

const USER = { username: 'flooded', email: 'flooded@example.com', password: 'password123' };

async function newSession(url: string): Promise<string> {
  const address = newAddress();
  const { username: _username, ...credentials } = USER;
  await post(`${url}/api/auth/users`, USER, address);
  const answer = await post(`${url}/api/auth/login`, credentials, address);
  if (!answer.ok) throw new Error(`The login of the benchmark got ${answer.status}`);
  return ((await answer.json()) as { refreshToken: string }).refreshToken;
}

/** Refreshes with the token of the refresh before. */
function refresher(url: string, first: string): () => Promise<Response> {
  let refreshToken = first;
  return async () => {
    const answer = await post(`${url}/api/auth/refresh`, { refreshToken }, newAddress());
    if (answer.ok) {
      ({ refreshToken } = (await answer.json()) as { refreshToken: string });
    }
    return answer;
  };
}

function startFlood(url: string, clients: number) {
  const ended = new AbortController();
  const logins = { checked: 0, refused: 0, failed: 0 };
  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      const address = newAddress();
      const login = { email: `${address}@example.com`, password: 'not a password' };
      const answer = await post(`${url}/api/auth/login`, login, address).catch(() => undefined);
      await answer?.body?.cancel();
      const retryAfter = Number(answer?.headers.get('retry-after') ?? 0);
      if (answer?.status === 401) logins.checked += 1;
      else if (answer?.status === 503 && retryAfter > 0) logins.refused += 1;
      else logins.failed += 1;
      const options = { signal: ended.signal };
      await wait(retryAfter * 1000, undefined, options).catch(() => undefined);
    }
  }
  const running = Promise.all(Array.from({ length: clients }, run));
  return {
    async end() {
      ended.abort();
      await running;
      return logins;
    },
  };
}

let addresses = 0;

/** An address that no call has come from: limits are for each address, all of an IPv6 /64 being one. */
function newAddress(): string {
  addresses += 1;
  const network = [addresses >> 16, addresses & 0xff_ff].map((part) => part.toString(16));
  return `2001:db8:${network.join(':')}::1`;
}

function post(url: string, body: object, address: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body),
  });
}

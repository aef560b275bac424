import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { jsonOf, PASSWORD, send, sendOk, type Answer, type Call } from '../../../kit/api-client.ts';
import { markdownTable } from '../../../kit/table.ts';
import { createLatencies, type LatencySummary } from './latencies.ts';

/** The environment of the Relay under test: each login has its own client address. */
export const LOGIN_FLOOD_ENVIRONMENT = { TRUSTED_HOPS: '1' } as const;

/** Of one kind of call. */
export interface ProbeLatency extends LatencySummary {
  /** Answers other than 200, and none. */
  failures: number;
}

export interface LoginFlood {
  /** Logins under way at a time. */
  clients: number;
  refresh: { quiet: ProbeLatency; flooded: ProbeLatency };
  health: { quiet: ProbeLatency; flooded: ProbeLatency };
  /** Logins of the flood by outcome. */
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
 * Measures refreshes and health checks, one at a time each, first alone and then while many clients
 * log in. Each client repeats its login at once, or after `Retry-After`.
 */
export async function measureLoginFlood(options: LoginFloodOptions): Promise<LoginFlood> {
  const { url, clients, seconds } = options;
  const refreshToken = await newSession(url);
  const refreshes = refresher(url, refreshToken);
  const checks = () => send(url, { method: 'GET', path: '/api/auth/health' });
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
    markdownTable(head, [row('refresh', refresh), row('health', health)]),
    '',
    `Logins: ${checked} checked, ${refused} refused with Retry-After, ${failed} failed`,
  ].join('\n');
}

const PAUSE_MS = 10;

/** Repeats a call, with a pause between. */
async function repeat(call: () => Promise<Answer>, ended: AbortSignal): Promise<ProbeLatency> {
  const latencies = createLatencies();
  let failures = 0;
  while (!ended.aborted) {
    const startedAt = performance.now();
    const ok = await call().then(
      ({ status }) => status === 200,
      () => false,
    );
    latencies.record(performance.now() - startedAt);
    if (!ok) failures += 1;
    await wait(PAUSE_MS);
  }
  return { ...latencies.summary(), failures };
}

async function newSession(url: string): Promise<string> {
  const credentials = { email: 'flooded@example.com', password: PASSWORD };
  await sendOk(url, post('/api/auth/users', { username: 'flooded', ...credentials }));
  const answer = await sendOk(url, post('/api/auth/login', credentials));
  return (jsonOf(answer) as { refreshToken: string }).refreshToken;
}

/** Refreshes with the token of the refresh before. */
function refresher(url: string, first: string): () => Promise<Answer> {
  let refreshToken = first;
  return async () => {
    const answer = await send(url, post('/api/auth/refresh', { refreshToken }));
    if (answer.status === 200) ({ refreshToken } = jsonOf(answer) as { refreshToken: string });
    return answer;
  };
}

function startFlood(url: string, clients: number) {
  const ended = new AbortController();
  const logins = { checked: 0, refused: 0, failed: 0 };
  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      const email = `stranger-${randomUUID()}@example.com`;
      const login = post('/api/auth/login', { email, password: 'not a password' });
      const answer = await send(url, login).catch(() => undefined);
      const retryAfter = Number(answer?.headers['retry-after'] ?? 0);
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

/** A new address for each call: rate limits count an IPv6 /64 as one address. */
function newAddress(): string {
  addresses += 1;
  const network = [addresses >> 16, addresses & 0xff_ff].map((part) => part.toString(16));
  return `2001:db8:${network.join(':')}::1`;
}

function post(path: string, body: object): Call {
  return { method: 'POST', path, body, headers: { 'x-forwarded-for': newAddress() } };
}

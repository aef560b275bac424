import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Rate, Trend } from 'k6/metrics';

import { CALLS } from '../calls.ts';
import { createApi } from '../k6/api.ts';
import { optionsOf, summarize } from '../k6/run.ts';
import { createFixture, type Fixture } from '../k6/setup.ts';
import { userOfThisClient } from '../k6/traffic.ts';
import { loadsOf } from '../loads.ts';
import { readSettings } from '../settings.ts';

// At the start of each period the key is expired; in its middle all clients read at once.
const PERIOD_MS = 2000;

const settings = readSettings('herd', __ENV);
const api = createApi(settings);
const fresh = new Rate('fresh_reads');
const loadsPerExpiry = new Trend('loads_per_expiry');

const clients = { executor: 'constant-vus', gracefulStop: '10s' } as const;

export const options = optionsOf(settings, {
  herd: { ...clients, exec: 'herd', vus: settings.clients, duration: `${settings.seconds}s` },
  // A period longer, so that every read of the herd follows an expiry.
  expire: { ...clients, exec: 'expire', vus: 1, duration: `${settings.seconds + 2}s` },
});

export function setup(): Fixture {
  if (settings.metricsUrls.length > 0) return createFixture(api);
  throw new Error('METRICS_URLS: the admin ports of all post pods, with commas between');
}

let loadsBefore: number | undefined;

export function expire({ users }: Fixture): void {
  sleepUntil(0);
  const loads = settings.metricsUrls.reduce((sum, url) => sum + countLoads(url), 0);
  if (loadsBefore !== undefined) loadsPerExpiry.add(loads - loadsBefore);
  loadsBefore = loads;
  api.create(userOfThisClient(users).token, titleOfThisPeriod());
  sleep(PERIOD_MS / 2000);
}

export function herd({ users }: Fixture): void {
  const { token } = userOfThisClient(users);
  sleepUntil(PERIOD_MS / 2);
  // The period in which all began has no post.
  if (periodNow() * PERIOD_MS < exec.scenario.startTime) return;
  const title = titleOfThisPeriod();
  fresh.add(String(api.list(token, { keep: true }).body).includes(title));
}

export const handleSummary = summarize(settings);

const periodNow = () => Math.floor(Date.now() / PERIOD_MS);

function sleepUntil(phaseMs: number): void {
  sleep((PERIOD_MS - ((Date.now() - phaseMs) % PERIOD_MS)) / 1000);
}

/** The title of the post with which this period began, which every client derives from the time. */
function titleOfThisPeriod(): string {
  return `Herd ${periodNow()}`;
}

function countLoads(url: string): number {
  const answer = http.get(`${url}/metrics`, {
    tags: { name: CALLS.metrics },
    responseType: 'text',
  });
  const loads = loadsOf(answer.body ?? '');
  if (loads !== undefined) return loads;
  throw new Error(`${url}/metrics has no count of the loads of posts:all`);
}

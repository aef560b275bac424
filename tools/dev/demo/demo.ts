import { randomBytes } from 'node:crypto';

import { assertRelay, sendOk, type Answer } from '../../kit/api-client.ts';
import { parseCacheCounters, type CacheCounters } from '../../kit/cache-counters.ts';
import { viewRedis, type RedisView } from './redis.ts';
import { showAnswer, showCall, showCounters, showEntry } from './show.ts';
import { walk, type Step } from './steps.ts';
import { findTargets, type Targets } from './targets.ts';

const print = (message: string) => console.log(message);

export async function run(_options: void, environment: NodeJS.ProcessEnv): Promise<void> {
  const { baseUrl, adminUrl, redis: place } = await findTargets(environment);
  await assertRelay(baseUrl);
  const redis = await openView(place);
  const before = adminUrl && (await readCounters(adminUrl));

  let number = 0;
  const take = async (step: Step): Promise<Answer> => {
    number += 1;
    print(showCall(number, baseUrl, step));
    const answer = await sendOk(baseUrl, step.call);
    print(showAnswer(step, answer));
    if (redis && step.key) print(showEntry(step.key, await redis.read(step.key)));
    return answer;
  };
  // Another user on each run, so that it can be repeated.
  await walk(`demo-${randomBytes(4).toString('hex')}`, take);
  redis?.close();

  const after = adminUrl && (await readCounters(adminUrl));
  if (before && after) print(`\nThe cache's counters\n\n${showCounters(before, after)}\n`);
  else if (adminUrl) print(`\nThe admin port is not reachable at ${adminUrl}: no counters.\n`);
  else print('\nADMIN_URL is not set: no counters.\n');
}

const METRICS_TIMEOUT_MS = 2000;

/** The cache's counters of the admin port; undefined if it does not answer. */
async function readCounters(adminUrl: string): Promise<CacheCounters | undefined> {
  const signal = AbortSignal.timeout(METRICS_TIMEOUT_MS);
  const response = await fetch(`${adminUrl}/metrics`, { signal }).catch(() => undefined);
  return response?.ok ? parseCacheCounters(await response.text()) : undefined;
}

/** Prints the reason and returns undefined without a Redis to read. */
async function openView(place: Targets['redis']): Promise<RedisView | undefined> {
  if (place === 'none') {
    print('Relay caches in its own process: there are no Redis keys to show.');
    return undefined;
  }
  if (place === 'unknown') {
    print('REDIS_URL is not set: Redis keys are not shown.');
    return undefined;
  }
  const view = await viewRedis(place);
  if (!('problem' in view)) return view;
  print(`Redis at ${new URL(place.url).host} ${view.problem}: its keys are not shown.`);
  return undefined;
}

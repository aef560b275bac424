import { randomBytes } from 'node:crypto';

import { assertRelay, DemoError, send, type Answer } from './api.ts';
import { readCounters } from './counters.ts';
import { viewRedis, type RedisView } from './redis.ts';
import { showAnswer, showCall, showCounters, showEntry } from './show.ts';
import { walk, type Step } from './steps.ts';
import { findTargets, type Targets } from './targets.ts';

export const expectedErrors = [DemoError];

const say = (message: string) => console.log(message);

export async function run(): Promise<void> {
  const { baseUrl, adminUrl, redis: place } = await findTargets(process.env);
  await assertRelay(baseUrl);
  const redis = await openView(place);
  const before = adminUrl && (await readCounters(adminUrl));

  let number = 0;
  const take = async (step: Step): Promise<Answer> => {
    number += 1;
    say(showCall(number, baseUrl, step));
    const answer = await send(baseUrl, step.call);
    say(showAnswer(step, answer));
    if (redis && step.key) say(showEntry(step.key, await redis.read(step.key)));
    return answer;
  };
  // Another user on each run, so that it can be repeated.
  await walk(`demo-${randomBytes(4).toString('hex')}`, take);
  redis?.close();

  const after = adminUrl && (await readCounters(adminUrl));
  if (before && after) say(`\nThe cache's counters\n\n${showCounters(before, after)}\n`);
  else if (adminUrl) say(`\nThe admin port is not reachable at ${adminUrl}: no counters.\n`);
  else say('\nADMIN_URL is not set: no counters.\n');
}

/** @returns `undefined`, after a word about it, when there is nothing to look into */
async function openView(place: Targets['redis']): Promise<RedisView | undefined> {
  if (place === 'none') {
    say('Relay caches in its own process: there are no Redis keys to show.');
    return undefined;
  }
  if (place === 'unknown') {
    say('REDIS_URL is not set: Redis keys are not shown.');
    return undefined;
  }
  const view = await viewRedis(place);
  if (!('problem' in view)) return view;
  say(`Redis at ${new URL(place.url).host} ${view.problem}: its keys are not shown.`);
  return undefined;
}

import { randomBytes } from 'node:crypto';

import { exitWith } from '@relay/service-kit';

import { assertRelay, DemoError, send, type Answer } from './api.ts';
import { readCounters } from './counters.ts';
import { connectRedis } from './redis.ts';
import { showAnswer, showCall, showCounters, showEntry } from './show.ts';
import { walk, type Step } from './steps.ts';
import { findTargets } from './targets.ts';

const say = (message: string) => console.log(message);

try {
  const { baseUrl, adminUrl, redisUrl } = await findTargets(process.env);
  await assertRelay(baseUrl);
  const redis = redisUrl ? await connectRedis(redisUrl) : undefined;
  if (!redis) say(noRedis(redisUrl));
  const before = await readCounters(adminUrl);

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

  const after = await readCounters(adminUrl);
  if (before && after) say(`\nThe cache's counters\n\n${showCounters(before, after)}\n`);
  else say(`\nThe admin port is not reachable at ${adminUrl}: no counters.\n`);
} catch (error) {
  exitWith(error, [DemoError], { lead: '' });
}

function noRedis(redisUrl: string | undefined): string {
  if (!redisUrl) return 'Relay caches in its own process: there are no Redis keys to show.';
  return `Redis is not reachable at ${new URL(redisUrl).host}: its keys are not shown.`;
}

import { rm, stat, writeFile } from 'node:fs/promises';

import type { Supervised } from '@relay/dev-servers';

import { relayFiles } from './folder.ts';

const LOOK_EVERY_MS = 250;

/** While it exists, `npm start` keeps its Redis stopped. */
const fileIn = (dir: string) => relayFiles(dir).redisStopped;

/** Requests that the Relay of the folder stops its Redis, or starts it again. */
export async function switchRedis(dir: string, wanted: 'stopped' | 'running'): Promise<void> {
  if (wanted === 'stopped') await writeFile(fileIn(dir), '');
  else await rm(fileIn(dir), { force: true });
}

/** Whether the Redis of the folder is stopped on request. */
export async function isSwitchedOff(dir: string): Promise<boolean> {
  return stat(fileIn(dir)).then(
    () => true,
    () => false,
  );
}

interface SwitchOptions {
  dir: string;
  redis: Supervised;
  /** Receives a sentence for each change. */
  log: (message: string) => void;
}

/**
 * Stops and starts Relay's own Redis on the requests of `npm run redis` and of the page, in the process that
 * started it: no other server is ever stopped. Begins with a running one.
 *
 * @returns a function that ends the watch
 */
export async function followSwitch({
  dir,
  redis,
  log,
}: SwitchOptions): Promise<() => Promise<void>> {
  await switchRedis(dir, 'running');
  let stopped = false;
  let working: Promise<void> | undefined;
  const look = async () => {
    const wanted = await isSwitchedOff(dir);
    if (wanted === stopped) return;
    stopped = wanted;
    if (stopped) {
      await redis.stop();
      log('Redis is stopped on request.');
    } else {
      await redis.resume();
    }
  };
  const timer = setInterval(() => {
    working ??= look()
      .catch((error: unknown) => log(`Redis: ${String(error)}`))
      .finally(() => (working = undefined));
  }, LOOK_EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await working;
    await switchRedis(dir, 'running');
  };
}

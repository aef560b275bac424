import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Supervised } from '@relay/dev-servers';

const LOOK_EVERY_MS = 250;

/** While it exists, `npm start` keeps its Redis stopped. */
const fileIn = (dir: string) => path.join(dir, 'redis.stopped');

/** Asks the Relay that runs on the folder to stop its Redis, or to start it again. */
export async function switchRedis(dir: string, wanted: 'stopped' | 'running'): Promise<void> {
  if (wanted === 'stopped') await writeFile(fileIn(dir), '');
  else await rm(fileIn(dir), { force: true });
}

interface SwitchOptions {
  dir: string;
  redis: Supervised;
  /** Receives a sentence for each change. */
  log: (message: string) => void;
}

/**
 * Stops and starts Relay's own Redis as `npm run redis` asks. The process that started it does it, so
 * that no other server is ever hit. Begins with a running one.
 *
 * @returns ends it
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
    const wanted = await stat(fileIn(dir)).then(
      () => true,
      () => false,
    );
    if (wanted === stopped) return;
    stopped = wanted;
    if (stopped) {
      await redis.stop();
      log('Redis is stopped, as npm run redis asked.');
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

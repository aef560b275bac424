import { AppError } from '@relay/service-kit/http/app-error';
import { parse } from '@relay/service-kit/http/parse';
import type { Middleware } from 'koa';
import { z } from 'zod';

const MAX_SECONDS = 30;

const outageSchema = z.strictObject({ seconds: z.int().min(1).max(MAX_SECONDS) });

/** The switch of the Redis that `npm start` has started. */
export interface CacheSwitch {
  isStopped(): Promise<boolean>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface OutageOptions {
  redis: CacheSwitch;
  /** Runs a task after a time that does not keep the process alive. */
  later?: (task: () => void, ms: number) => void;
  onError: (error: unknown) => void;
}

/**
 * Creates the handler for `POST /api/dev/cache-outage` `{seconds}`: stops Redis, and starts it again after the
 * time. 409 while it is stopped already.
 */
export function cacheOutageHandler({
  redis,
  later = unreferenced,
  onError,
}: OutageOptions): Middleware {
  return async function cutCache(ctx) {
    const { seconds } = parse(outageSchema, ctx.request.body, 'body');
    if (await redis.isStopped()) throw new AppError('conflict', 'Redis is stopped already');
    await redis.stop();
    later(() => void redis.start().catch(onError), seconds * 1000);
    ctx.status = 202;
    ctx.body = { seconds };
  };
}

function unreferenced(task: () => void, ms: number): void {
  setTimeout(task, ms).unref();
}

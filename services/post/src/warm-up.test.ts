import { EventEmitter } from 'node:events';

import type { DatabaseHealth } from '@relay/service-kit/postgres/check';
import { expect, test, vi } from 'vitest';

import { definePostKeys } from './post-keys.ts';
import type { PostStore } from './post.ts';
import { afterFirstUp, warmUp } from './warm-up.ts';

const posts = {} as PostStore;
const keys = definePostKeys({ posts, ttlSeconds: 300, absentTtlSeconds: 30, localTtlSeconds: 0 });
const cache = () => ({ warm: vi.fn<(keys: readonly unknown[]) => Promise<void>>(async () => {}) });

test('warms the front page and the top', async () => {
  const { warm } = cache();
  await warmUp({ cache: { warm }, keys, redis: undefined });
  expect(warm).toHaveBeenCalledExactlyOnceWith([keys.all(), keys.top()]);
});

test('waits for the connection to Redis', async () => {
  const { warm } = cache();
  const redis = Object.assign(new EventEmitter(), { status: 'connecting' });
  const warming = warmUp({ cache: { warm }, keys, redis: redis as never });
  await Promise.resolve();
  expect(warm).not.toHaveBeenCalled();
  redis.emit('ready');
  await warming;
  expect(warm).toHaveBeenCalledOnce();
});

test('a connection that fails meanwhile does not end the wait', async () => {
  const { warm } = cache();
  const redis = Object.assign(new EventEmitter(), { status: 'connecting' });
  redis.on('error', () => {});
  const warming = warmUp({ cache: { warm }, keys, redis: redis as never });
  redis.emit('error', new Error('refused'));
  await new Promise(setImmediate);
  expect(warm).not.toHaveBeenCalled();
  redis.emit('ready');
  await warming;
  expect(warm).toHaveBeenCalledOnce();
});

test('the work starts once, at the first check that is up, and does not delay it', async () => {
  const answers: DatabaseHealth[] = [
    { status: 'down', reason: 'no answer' },
    { status: 'up' },
    { status: 'down', reason: 'no answer' },
    { status: 'up' },
  ];
  const work = vi.fn<() => void>();
  const check = afterFirstUp(async () => answers.shift()!, work);
  expect(await check()).toMatchObject({ status: 'down' });
  expect(work).not.toHaveBeenCalled();
  expect(await check()).toEqual({ status: 'up' });
  expect(work).toHaveBeenCalledOnce();
  await check();
  await check();
  expect(work).toHaveBeenCalledOnce();
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import {
  createPasswordHashQueue,
  hashConcurrency,
  type RefusalReason,
} from './password-hash-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const BUSY = { code: 'unavailable', retryAfterSeconds: 1 };
const stays = () => new AbortController().signal;

function setUp(limits: { concurrency: number; maxWaiting?: number; maxWaitMs?: number }) {
  const refusals: RefusalReason[] = [];
  const queue = createPasswordHashQueue({
    ...limits,
    onRefused: (reason) => refusals.push(reason),
  });
  const running = new Map<string, () => void>();
  const finish = async (name: string) => {
    running.get(name)!();
    running.delete(name);
    await vi.advanceTimersByTimeAsync(0);
  };
  const start = (name: string, disconnected = stays()) =>
    queue.run(() => new Promise<void>((resolve) => running.set(name, resolve)), disconnected);
  return { queue, refusals, start, finish, running: () => [...running.keys()] };
}

test('limits the running hashes, and starts the others in the order of arrival', async () => {
  const { queue, start, running, finish } = setUp({ concurrency: 2, maxWaiting: 10 });
  for (const name of ['a', 'b', 'c', 'd']) void start(name);
  expect(running()).toEqual(['a', 'b']);
  expect([queue.running, queue.waiting]).toEqual([2, 2]);
  await finish('b');
  expect(running()).toEqual(['a', 'c']);
  await finish('a');
  expect(running()).toEqual(['c', 'd']);
  expect([queue.running, queue.waiting]).toEqual([2, 0]);
});

test('rejects immediately when the queue is full', async () => {
  const { refusals, start, running } = setUp({ concurrency: 1, maxWaiting: 1 });
  void start('a');
  void start('b');
  await expect(start('c')).rejects.toMatchObject(BUSY);
  expect(running()).toEqual(['a']);
  expect(refusals).toEqual(['full']);
});

test('has room until the queue is full', async () => {
  const { queue, refusals, start, finish } = setUp({ concurrency: 1, maxWaiting: 1 });
  void start('a');
  expect(() => queue.assertRoom()).not.toThrow();
  void start('b');
  expect(() => queue.assertRoom()).toThrow(expect.objectContaining(BUSY));
  expect(refusals).toEqual(['full']);
  await finish('a');
  expect(() => queue.assertRoom()).not.toThrow();
});

test('rejects a hash that waits too long, and frees its place', async () => {
  const limits = { concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 };
  const { refusals, start, running, finish } = setUp(limits);
  void start('a');
  const late = start('b').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await late).toMatchObject(BUSY);
  void start('c');
  await finish('a');
  expect(running()).toEqual(['c']);
  expect(refusals).toEqual(['late']);
  expect(vi.getTimerCount()).toBe(0);
});

test('drops the hash of a disconnected client, and frees its place', async () => {
  const { refusals, start, running, finish } = setUp({ concurrency: 1, maxWaiting: 1 });
  void start('a');
  const client = new AbortController();
  const dropped = start('b', client.signal).catch((error: unknown) => error);
  client.abort();
  expect(await dropped).toMatchObject({ code: 'invalid' });
  void start('c');
  await finish('a');
  expect(running()).toEqual(['c']);
  await expect(start('d', client.signal)).rejects.toMatchObject({ code: 'invalid' });
  expect(refusals).toEqual(['gone', 'gone']);
});

test('a running hash is not aborted by a disconnect or a timeout', async () => {
  const { refusals, start, running, finish } = setUp({ concurrency: 1, maxWaitMs: 1000 });
  const client = new AbortController();
  const begun = start('a', client.signal);
  const next = start('b');
  client.abort();
  await vi.advanceTimersByTimeAsync(500);
  expect(running()).toEqual(['a']);
  await finish('a');
  await expect(begun).resolves.toBeUndefined();
  expect(running()).toEqual(['b']);
  await vi.advanceTimersByTimeAsync(5000);
  await finish('b');
  await expect(next).resolves.toBeUndefined();
  expect(refusals).toEqual([]);
});

test('a hash that waited runs in the context of its own request', async () => {
  const { queue } = setUp({ concurrency: 1 });
  const request = new AsyncLocalStorage<string>();
  const hash = (name: string) =>
    request.run(name, () => queue.run(async () => request.getStore(), stays()));
  expect(await Promise.all([hash('a'), hash('b')])).toEqual(['a', 'b']);
});

test('loses no place to hashes that fail', async () => {
  const { queue } = setUp({ concurrency: 1 });
  const failed = queue.run(() => Promise.reject(new Error('broken')), stays());
  await expect(failed).rejects.toThrow('broken');
  expect(await queue.run(async () => 'a place is free', stays())).toBe('a place is free');
});

test.each([
  [3, 1],
  [4, 2],
  [128, 126],
  [1, 1],
])('of %s threads, %s hash', (threads, hashes) => {
  expect(hashConcurrency(threads)).toBe(hashes);
});

test('leaves threads free for other work, however many passwords wait', async () => {
  vi.useRealTimers();
  const threads = blockThreads();
  const { queue } = setUp({ concurrency: hashConcurrency(4), maxWaitMs: 60_000 });
  const hashes = Array.from({ length: 30 }, () => queue.run(threads.block, stays()));
  expect((await stat(import.meta.dirname)).isDirectory()).toBe(true);
  expect([queue.running, queue.waiting]).toEqual([2, 28]);
  threads.free();
  await Promise.all(hashes);
});

/** Work that occupies a thread of the pool until it is freed: a pipe without a writer blocks its readers. */
function blockThreads() {
  const pipe = path.join(mkdtempSync(path.join(tmpdir(), 'relay-pipe-')), 'pipe');
  execFileSync('mkfifo', [pipe]);
  let writer: number | undefined;
  const free = () => (writer ??= openSync(pipe, 'r+'));
  onTestFinished(() => {
    closeSync(free());
    rmSync(path.dirname(pipe), { recursive: true });
  });
  return {
    async block() {
      await (await open(pipe)).close();
    },
    free,
  };
}

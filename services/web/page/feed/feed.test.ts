import { expect, test } from 'vitest';

import type { Post, PostPage } from '../api/posts.ts';
import { createFeed, type FeedKind } from './feed.ts';

const post = (id: string): Post => ({
  id,
  title: id,
  url: 'https://a.example/',
  votes: 0,
  author: { id: 'ada', username: 'ada' },
  createdAt: '2026-01-01T00:00:00.000Z',
});

function start(kind: FeedKind, { total = 120 } = {}) {
  let posts = Array.from({ length: total }, (_, index) => post(`p${index}`));
  const calls: unknown[] = [];
  const read: number[] = [];
  const control = {
    failure: undefined as Error | undefined,
    /** Delays the responses of lists. */
    held: undefined as Promise<void> | undefined,
  };
  const feed = createFeed({
    kind,
    userId: 'ada',
    now: () => 1000,
    startRead: () => (page) => void read.push(page.length),
    api: {
      async list(query): Promise<PostPage> {
        calls.push(query);
        if (control.failure) throw control.failure;
        const from = Number(query.cursor ?? 0);
        const next = from + 50 < posts.length ? String(from + 50) : null;
        const page = { posts: posts.slice(from, from + 50), next };
        await control.held;
        return page;
      },
      async top(limit) {
        calls.push(limit);
        return posts.slice(0, limit);
      },
      async create(draft) {
        posts = [post(draft.title), ...posts];
        return posts[0]!;
      },
      async remove(id) {
        posts = posts.filter((one) => one.id !== id);
      },
    },
  });
  const ids = () => feed.state.value.posts?.map(({ id }) => id);
  return { feed, calls, read, control, ids };
}

test('the newest posts grow page by page, to the last one', async () => {
  const { feed, calls, read, ids } = start('newest');
  expect(feed.state.value).toMatchObject({ posts: undefined, hasMore: false });
  await feed.reload();
  expect(feed.state.value).toMatchObject({ hasMore: true, isLoading: false, readAtMs: 1000 });
  await feed.more();
  await feed.more();
  expect(ids()).toHaveLength(120);
  expect(feed.state.value.hasMore).toBe(false);
  await feed.more();
  expect(calls).toEqual([{}, { cursor: '50' }, { cursor: '100' }]);
  expect(read).toEqual([50, 50, 20]);
});

test('own posts are those of the user', async () => {
  const { feed, calls } = start('mine');
  await feed.reload();
  expect(calls).toEqual([{ user: 'ada' }]);
});

test('the top posts grow up to the greatest limit', async () => {
  const { feed, calls, ids } = start('top');
  await feed.reload();
  expect(ids()).toHaveLength(10);
  await feed.more();
  await feed.more();
  expect(ids()).toHaveLength(100);
  expect(feed.state.value.hasMore).toBe(false);
  expect(calls).toEqual([10, 50, 100]);
});

test('a short top list has no more', async () => {
  const { feed } = start('top', { total: 3 });
  await feed.reload();
  expect(feed.state.value.hasMore).toBe(false);
});

test('keeps the posts if a read fails, and recovers with the next one', async () => {
  const { feed, control, ids } = start('newest', { total: 2 });
  await feed.reload();
  control.failure = new Error('away');
  await feed.reload();
  expect(feed.state.value).toMatchObject({ error: control.failure, isLoading: false });
  expect(ids()).toEqual(['p0', 'p1']);
  control.failure = undefined;
  await feed.reload();
  expect(feed.state.value.error).toBeUndefined();
});

test('a new post is on top, a deleted one is gone', async () => {
  const { feed, ids } = start('newest', { total: 2 });
  await feed.reload();
  await feed.create({ title: 'new', url: 'https://a.example/' }, 'key');
  expect(ids()).toEqual(['new', 'p0', 'p1']);
  await feed.remove(post('p0'));
  expect(ids()).toEqual(['new', 'p1']);
});

test('of two reads that overlap, the later one counts', async () => {
  const { feed, ids } = start('newest');
  await feed.reload();
  await Promise.all([feed.more(), feed.reload()]);
  expect(ids()).toHaveLength(50);
});

test('a deleted post does not return with the next page', async () => {
  const { feed, ids } = start('newest', { total: 60 });
  await feed.reload();
  await feed.remove(post('p3'));
  await feed.more();
  expect(ids()).not.toContain('p3');
});

test.each(['reload', 'more'] as const)(
  'a post that is deleted during %s does not return with its response',
  async (read) => {
    const { feed, control, ids } = start('newest');
    await feed.reload();
    const { promise, resolve } = Promise.withResolvers<void>();
    control.held = promise;
    const reading = feed[read]();
    await feed.remove(post('p3'));
    resolve();
    await reading;
    expect(ids()).not.toContain('p3');
    expect(ids()).toContain('p4');
  },
);

test('a refresh reads as many pages as are shown', async () => {
  const { feed, calls, read, ids } = start('newest', { total: 200 });
  await feed.reload();
  await feed.more();
  await feed.more();
  calls.length = 0;
  read.length = 0;
  await feed.refresh();
  expect(calls).toEqual([{}, { cursor: '50' }, { cursor: '100' }]);
  expect(read).toEqual([100, 50]);
  expect(ids()).toHaveLength(150);
  await feed.more();
  expect(ids()).toHaveLength(200);
});

test('a refresh of the first page reads one page', async () => {
  const { feed, calls } = start('newest');
  await feed.refresh();
  await feed.refresh();
  expect(calls).toEqual([{}, {}]);
});

test('a refresh of the top posts keeps their limit', async () => {
  const { feed, calls } = start('top');
  await feed.refresh();
  await feed.more();
  await feed.refresh();
  expect(calls).toEqual([10, 50, 50]);
});

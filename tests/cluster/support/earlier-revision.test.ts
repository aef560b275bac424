import { expect, it } from 'vitest';

import { BEFORE_THE_LAST_CHANGE, earlierRevision } from './earlier-revision.ts';

const among = (revisions: string[]) => (revision: string) =>
  Promise.resolve(revisions.includes(revision));

it('is the newest tag with a chart', async () => {
  const has = among(['v1.1.0', 'v1.0.0', BEFORE_THE_LAST_CHANGE]);
  expect(await earlierRevision(['v1.2.0', 'v1.1.0', 'v1.0.0'], has)).toBe('v1.1.0');
});

it.each([[[]], [['v0.1.0']]])('is a commit if no tag has a chart: %j', async (tags) => {
  expect(await earlierRevision(tags, among([BEFORE_THE_LAST_CHANGE]))).toBe(BEFORE_THE_LAST_CHANGE);
});

it('is none in a shallow clone', async () => {
  expect(await earlierRevision([], among([]))).toBeUndefined();
});

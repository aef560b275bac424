import { expect, test } from 'vitest';

import type { Post } from '../api/posts.ts';
import { createVotes } from './votes.ts';

const POST: Post = {
  id: 'a',
  title: 'A title',
  url: 'https://a.example/',
  votes: 4,
  author: { id: 'ada', username: 'ada' },
  createdAt: '2026-01-01T00:00:00.000Z',
};

/** Votes with requests that wait for the test to answer them. */
function start({ voted = [] as string[] } = {}) {
  const requests: {
    up: boolean;
    answer: (votes: number) => void;
    refuse: (error: Error) => void;
  }[] = [];
  const refused: unknown[] = [];
  const control = { voted, held: undefined as Promise<void> | undefined };
  const votes = createVotes({
    api: {
      vote: (_id, up) => new Promise((answer, refuse) => requests.push({ up, answer, refuse })),
      async votedAmong() {
        const answer = control.voted;
        await control.held;
        return answer;
      },
    },
    onRefused: (error) => refused.push(error),
  });
  return { votes, requests, refused, control, shown: () => votes.of(POST).value };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test('shows a vote at once, then the count that Relay confirms', async () => {
  const { votes, requests, shown } = start();
  expect(shown()).toEqual({ count: 4, voted: false });
  votes.toggle(POST);
  expect(shown()).toEqual({ count: 5, voted: true });
  requests[0]!.answer(9);
  await settled();
  expect(shown()).toEqual({ count: 9, voted: true });
  expect(requests.map(({ up }) => up)).toEqual([true]);
});

test('takes a vote back', async () => {
  const { votes, requests, shown } = start({ voted: ['a'] });
  await votes.startRead()([POST]);
  expect(shown()).toEqual({ count: 4, voted: true });
  votes.toggle(POST);
  expect(shown()).toEqual({ count: 3, voted: false });
  expect(requests.map(({ up }) => up)).toEqual([false]);
});

test('puts a refused vote right, and reports the refusal', async () => {
  const { votes, requests, refused, shown } = start();
  votes.toggle(POST);
  const error = new Error('refused');
  requests[0]!.refuse(error);
  await settled();
  expect(shown()).toEqual({ count: 4, voted: false });
  expect(refused).toEqual([error]);
  votes.toggle(POST);
  expect(shown()).toEqual({ count: 5, voted: true });
});

test('sends the last of several clicks only', async () => {
  const { votes, requests, shown } = start();
  votes.toggle(POST);
  votes.toggle(POST);
  votes.toggle(POST);
  votes.toggle(POST);
  expect(shown()).toEqual({ count: 4, voted: false });
  requests[0]!.answer(5);
  await settled();
  expect(requests.map(({ up }) => up)).toEqual([true, false]);
  requests[1]!.answer(4);
  await settled();
  expect(shown()).toEqual({ count: 4, voted: false });
  expect(requests).toHaveLength(2);
});

test('a list that is read during a vote does not undo it', async () => {
  const { votes, requests, shown } = start();
  votes.toggle(POST);
  await votes.startRead()([POST]);
  expect(shown()).toEqual({ count: 5, voted: true });
  requests[0]!.answer(5);
  await settled();
  await votes.startRead()([{ ...POST, votes: 7 }]);
  expect(shown()).toMatchObject({ count: 7 });
});

test('a late answer about votes does not undo a vote that was confirmed meanwhile', async () => {
  const { votes, requests, control, shown } = start();
  const { promise, resolve } = Promise.withResolvers<void>();
  control.held = promise;
  const loading = votes.startRead()([POST]);
  votes.toggle(POST);
  requests[0]!.answer(5);
  await settled();
  resolve();
  await loading;
  expect(shown()).toEqual({ count: 5, voted: true });
  control.voted = ['a'];
  await votes.startRead()([POST]);
  expect(shown()).toEqual({ count: 4, voted: true });
});

test('a list that was requested before a vote does not undo its count', async () => {
  const { votes, requests, shown } = start({ voted: ['a'] });
  const finish = votes.startRead();
  votes.toggle(POST);
  requests[0]!.answer(5);
  await settled();
  await finish([POST]);
  expect(shown()).toEqual({ count: 5, voted: true });
});

test('the counts of the list that was requested later replace earlier ones', async () => {
  const { votes, shown } = start();
  const [older, newer] = [votes.startRead(), votes.startRead()];
  await newer([{ ...POST, votes: 8 }]);
  await older([{ ...POST, votes: 6 }]);
  expect(shown()).toMatchObject({ count: 8 });
});

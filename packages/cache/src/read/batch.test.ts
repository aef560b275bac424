import { expect, it, vi } from 'vitest';

import { createBatch, type BatchItem } from './batch.ts';

/** A batch with requests answered by hand. */
function heldBatch(maxSize = 100, sendsAtOnce = () => false) {
  const sent: (readonly BatchItem<string, string>[])[] = [];
  const send = vi.fn<(items: readonly BatchItem<string, string>[]) => void>(
    (items) => void sent.push(items),
  );
  const ask = createBatch<string, string>({
    keyOf: (key) => key,
    send,
    maxSize: () => maxSize,
    sendsAtOnce,
  });
  return { ask, sent };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('sends all requests of one turn together', async () => {
  const { ask, sent } = heldBatch();
  void ask('a');
  await Promise.resolve();
  void ask('b');
  expect(sent).toEqual([]);
  await turn();
  expect(sent.map((batch) => batch.map(({ request }) => request))).toEqual([['a', 'b']]);
});

it('sends a key that is requested twice once, and answers both', async () => {
  const { ask, sent } = heldBatch();
  const both = Promise.all([ask('a'), ask('a')]);
  await turn();
  expect(sent[0]).toHaveLength(1);
  sent[0]![0]!.resolve('answer');
  expect(await both).toEqual(['answer', 'answer']);
});

it('lets no request join an item that has been sent', async () => {
  const { ask, sent } = heldBatch();
  const first = ask('a');
  await turn();
  const second = ask('a');
  await turn();
  expect(sent).toHaveLength(2);
  sent[0]![0]!.resolve('old');
  sent[1]![0]!.resolve('new');
  expect(await Promise.all([first, second])).toEqual(['old', 'new']);
});

it('splits more requests than a batch holds', async () => {
  const { ask, sent } = heldBatch(2);
  for (const key of ['a', 'b', 'c', 'd', 'e']) void ask(key);
  await turn();
  expect(sent.map((batch) => batch.length)).toEqual([2, 2, 1]);
});

it('rejects all callers of an item that fails', async () => {
  const { ask, sent } = heldBatch();
  const both = Promise.allSettled([ask('a'), ask('a')]);
  await turn();
  sent[0]![0]!.reject(new Error('away'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('sends a request by itself while nothing is under way, and gathers the others', async () => {
  let underWay = false;
  const { ask, sent } = heldBatch(100, () => !underWay);
  void ask('a');
  expect(sent).toHaveLength(1);
  underWay = true;
  void ask('a');
  void ask('b');
  expect(sent).toHaveLength(1);
  await turn();
  expect(sent.map((batch) => batch.map(({ request }) => request))).toEqual([['a'], ['a', 'b']]);
});

import { expect, it } from 'vitest';

import type { ReadRecord } from './messages.ts';
import { createReadRecords, unpackReads } from './read-records.ts';

const record = (more: Partial<ReadRecord> = {}): ReadRecord => ({
  form: 'list',
  id: 7,
  version: 3,
  session: 2,
  invokedAt: 123_456.25,
  completedAt: 123_457.5,
  ...more,
});

it('unpacks packed records, an absence included', () => {
  const records = createReadRecords();
  records.add(record());
  records.add(record({ form: 'entity', version: null }));
  const unpacked = [...unpackReads(records.take())];
  expect(unpacked).toEqual([record(), record({ form: 'entity', version: null })]);
});

it('hands each record out once, however many there are', () => {
  const records = createReadRecords();
  for (let id = 0; id < 3000; id += 1) records.add(record({ id }));
  expect([...unpackReads(records.take())].at(-1)).toEqual(record({ id: 2999 }));
  expect(records.take()).toHaveLength(0);
});

import { describe, expect, it } from 'vitest';

import { defineKeys, key } from '../keys/define-keys.ts';
import { fromRow, parseTargets, parseWriteTargets, toStoreTarget } from './targets.ts';

const keys = defineKeys({ all: 'posts:all', byId: key('posts:id:{id}') });
const templateOf = (text: string) => (text.startsWith('posts:id:') ? 'posts:id:{id}' : 'other');

describe('refs of an invalidation', () => {
  it('are keys, tags, patterns and raw keys, each with its template', () => {
    const refs = [keys.byId({ id: 1 }), { tag: 'user:7' }, 'posts:*', 'posts:id:2'];
    expect(parseTargets(refs, templateOf)).toEqual([
      { kind: 'key', key: 'posts:id:1', template: 'posts:id:{id}' },
      { kind: 'tag', tag: 'user:7', template: 'tag' },
      { kind: 'pattern', pattern: 'posts:*', template: 'pattern' },
      { kind: 'key', key: 'posts:id:2', template: 'posts:id:{id}' },
    ]);
  });

  it('name a target once, and a key and a tag of the same name apart', () => {
    const refs = [keys.all(), 'posts:all', { tag: 'posts:all' }];
    expect(parseTargets(refs, templateOf).map(({ kind }) => kind)).toEqual(['key', 'tag']);
  });

  it('remove a key that would be written through', () => {
    const ref = { writeThrough: keys.all(), value: () => [] };
    expect(parseTargets([ref], templateOf)).toMatchObject([{ kind: 'key', key: 'posts:all' }]);
  });

  it.each([
    { ref: '' },
    { ref: 'posts:}' },
    { ref: 'posts:\uD800' },
    { ref: 'posts:\uD800*' },
    { ref: { tag: '' } },
    { ref: { tag: '\uD800' } },
    { ref: {} },
    { ref: null },
    { ref: undefined },
    { ref: 42 },
  ])('must be fit for a store: $ref is not', ({ ref }) => {
    const parse = () => parseTargets(['posts:all', ref as string], templateOf);
    expect(parse).toThrow(expect.objectContaining({ name: 'CacheUsageError' }));
  });
});

describe('refs of a write', () => {
  it('take no pattern', () => {
    expect(() => parseWriteTargets(['posts:*'], templateOf)).toThrow('use a tag');
  });

  it.each([{ order: 'before' }, { order: 'after' }])(
    'remove a key that is also written through, named $order it',
    ({ order }) => {
      const writeThrough = { writeThrough: keys.all(), value: () => [] };
      const refs = order === 'before' ? [keys.all(), writeThrough] : [writeThrough, keys.all()];
      expect(parseWriteTargets(refs, templateOf)).toEqual([
        { target: { kind: 'key', key: 'posts:all', template: 'posts:all' } },
      ]);
    },
  );
});

it('survive the outbox, without their templates', () => {
  const targets = parseTargets(['posts:id:1', { tag: 'a' }], templateOf);
  const rows = targets.map((target) => target.kind !== 'pattern' && toStoreTarget(target));
  expect(rows).toEqual([
    { kind: 'key', key: 'posts:id:1' },
    { kind: 'tag', tag: 'a' },
  ]);
  expect(rows.map((row) => row && fromRow(row, templateOf))).toEqual(targets);
});

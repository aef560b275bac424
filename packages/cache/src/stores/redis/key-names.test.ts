import { describe, expect, it } from 'vitest';

import { createKeyNames, escapeGlob, leaseGlob, leaseKey, ownerOf } from './key-names.ts';

describe('the lease of a key', () => {
  it.each([
    ['posts:all', 'lease:{posts:all}'],
    ['{posts}:all', 'lease:={posts}:all'],
    ['posts:{1}:x', 'lease:=posts:{1}:x'],
    ['posts:{1', 'lease:{posts:{1}'],
  ])('%s is %s', (key, lease) => expect(leaseKey(key)).toBe(lease));

  it.each([
    'posts:all',
    '{posts}:all',
    'posts:{1}:x',
    'posts:{1',
    '{a}{b}',
    '{{a}}',
    'ünï:🦊',
    '*',
  ])('is in the hash slot of %s', (key) => expect(hashed(leaseKey(key))).toBe(hashed(key)));

  it.each([
    ['app:', 'posts:all'],
    ['app:', '{posts}:all'],
    ['app:', 'posts:{1'],
    ['{app}:', 'posts:all'],
    ['{app}:', '{posts}:all'],
    ['{app}:', 'posts:{1'],
  ])('is in the hash slot of its key when the client puts %s before both', (prefix, key) => {
    const lease = prefix + leaseKey(prefix + key);
    expect(hashed(lease)).toBe(hashed(prefix + key));
  });

  it('is its own: no two keys share one', () => {
    const keys = ['a', '{a}', '={a}', '{a', 'a{a}', '=a'];
    expect(new Set(keys.map(leaseKey)).size).toBe(keys.length);
  });
});

describe('the names of an entry', () => {
  it('are those of the protocol', () => {
    expect(createKeyNames('').all('posts:all')).toEqual({
      value: 'posts:all',
      record: 'lease:{posts:all}',
      grace: 'cache:grace:{posts:all}',
      refresh: 'cache:refresh:{posts:all}',
    });
    expect(createKeyNames('').tag('posts')).toBe('cache:tag:{posts}');
  });

  it('lead back to its key', () => {
    for (const key of ['posts:all', '{a}:b', 'a:{b', 'lease:a']) {
      const { value, record, grace } = createKeyNames('').all(key);
      expect(ownerOf(value)).toEqual({ kind: 'value', key });
      expect(ownerOf(record)).toEqual({ kind: 'lease:', key });
      expect(ownerOf(grace)).toEqual({ kind: 'cache:grace:', key });
    }
  });
});

describe('a Redis glob', () => {
  it('keeps only the * of a pattern special', () => {
    expect(escapeGlob(String.raw`a?[b]^\*`)).toBe(String.raw`a\?\[b\]\^\\*`);
  });

  it('for leases fits both forms of a lease', () => {
    expect(leaseGlob('posts:*')).toBe('lease:[={]posts:**');
  });
});

/** The part of a key that Redis Cluster hashes, by its specification. Equal text is the same slot. */
function hashed(key: string): string {
  const open = key.indexOf('{');
  if (open === -1) return key;
  const close = key.indexOf('}', open + 1);
  return close === -1 || close === open + 1 ? key : key.slice(open + 1, close);
}

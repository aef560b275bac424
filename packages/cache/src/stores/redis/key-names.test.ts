import { describe, expect, it } from 'vitest';

import { escapeGlob, leaseGlob, leaseKey } from './key-names.ts';

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

describe('a Redis glob', () => {
  it('keeps only the * of a pattern special', () => {
    expect(escapeGlob(String.raw`a?[b]^\*`)).toBe(String.raw`a\?\[b\]\^\\*`);
  });

  it('for leases fits both forms of a lease', () => {
    expect(leaseGlob('posts:*')).toBe('lease:[={]posts:**');
  });
});

/** What of a key Redis Cluster hashes, as its specification has it. Equal text is the same slot. */
function hashed(key: string): string {
  const open = key.indexOf('{');
  if (open === -1) return key;
  const close = key.indexOf('}', open + 1);
  return close === -1 || close === open + 1 ? key : key.slice(open + 1, close);
}

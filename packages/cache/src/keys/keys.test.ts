import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { assertKey, hasHashTag, isPattern, patternToRegExp, templateFinder } from './keys.ts';

describe('the template of a key', () => {
  const templateOf = templateFinder([
    'posts:all',
    'posts:id:{id}',
    'posts:user:{userId}',
    'posts:user:{userId}:top:{count}',
  ]);

  it.each([
    ['posts:all', 'posts:all'],
    ['posts:id:42', 'posts:id:{id}'],
    ['posts:id:0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f', 'posts:id:{id}'],
    ['posts:user:7', 'posts:user:{userId}'],
    ['posts:user:7:top:10', 'posts:user:{userId}:top:{count}'],
    ['posts:user:ünïcödé\n', 'posts:user:{userId}'],
  ])('of %j is %s', (key, template) => expect(templateOf(key)).toBe(template));

  it.each([
    'posts',
    'posts:id:',
    'posts:id:4:2',
    'posts:ID:42',
    'xposts:all',
    'posts:all:x',
    'posts:user:7:top:',
    '',
    '42',
  ])('of %j, which fits none, is "other": a raw id never becomes a label', (key) => {
    expect(templateOf(key)).toBe('other');
  });

  it('takes the characters of a regular expression for themselves', () => {
    const find = templateFinder(['a.b:{id}', 'c+(d)']);
    expect(find('a.b:1')).toBe('a.b:{id}');
    expect(find('axb:1')).toBe('other');
    expect(find('c+(d)')).toBe('c+(d)');
  });

  it('without parameters wins over one with parameters', () => {
    const find = templateFinder(['posts:{id}', 'posts:all']);
    expect(find('posts:all')).toBe('posts:all');
    expect(find('posts:1')).toBe('posts:{id}');
  });

  it.each([[['posts:all', 'posts:all']], [['posts:{id}', 'posts:{id}']]])(
    'cannot be declared twice: %j',
    (templates) => expect(() => templateFinder(templates)).toThrow(CacheUsageError),
  );
});

describe('a pattern', () => {
  it('contains a *', () => {
    expect(isPattern('posts:*')).toBe(true);
    expect(isPattern('posts:[?]')).toBe(false);
  });

  it.each([
    ['*', '', true],
    ['posts:*', 'posts:', true],
    ['posts:*', 'posts:a\nb', true],
    ['posts:*', 'xposts:', false],
    ['*:all', 'posts:all', true],
    ['*:all', 'posts:all:1', false],
    ['a*b*c', 'a--b--c', true],
    ['a*b*c', 'acb', false],
    ['a?*', 'ab', false],
    ['[ab]*', 'a', false],
    ['a-b/c$^|.\\d*', 'a-b/c$^|.\\d1', true],
    ['a.c*', 'abc', false],
  ])('%j and the key %j: %s', (pattern, key, matches) => {
    expect(patternToRegExp(pattern).test(key)).toBe(matches);
  });
});

describe('a key', () => {
  it.each([
    ['posts:all', false],
    ['{posts}:all', true],
    ['posts:{1}', true],
    ['{}posts', false],
    ['a{b', false],
    ['{}{a}', false],
    ['{{a}', true],
  ])('%s names its hash slot itself: %s', (key, tagged) => expect(hasHashTag(key)).toBe(tagged));

  it.each(['a}', '}a{', '{}', 'a{}{b}', '', 'a\uD800', '\uDC00b'])('%j is refused', (key) => {
    expect(() => assertKey(key)).toThrow(CacheUsageError);
  });

  it.each(['a', 'a{b', 'a{b}', '{a}b}', '*', '?'])('%j is taken', (key) => {
    expect(() => assertKey(key)).not.toThrow();
  });
});

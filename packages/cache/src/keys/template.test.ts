import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { encodeParam, overlap, parseTemplate } from './template.ts';

describe('a template', () => {
  it('has literals around its parameters', () => {
    expect(parseTemplate('posts:user:{userId}:top:{count}')).toMatchObject({
      names: ['userId', 'count'],
      literals: ['posts:user:', ':top:', ''],
    });
  });

  it.each([
    ['', 'is empty'],
    ['posts:*', 'has a "*"'],
    ['posts:\uD800', 'half of a surrogate pair'],
    ['{posts}:{posts}', 'names a parameter twice'],
    ['posts:{a}{b}', 'two parameters without a colon between them'],
    ['posts:{a}-{b}', 'two parameters without a colon between them'],
    ['posts:{}', 'a brace'],
    ['posts:{a b}', 'a brace'],
    ['posts:{a', 'a brace'],
    ['posts:a}', 'a brace'],
    ['posts:{{a}}', 'a brace'],
    [42 as unknown as string, 'must be a text'],
  ])('%j is refused: it %s', (text, reason) => {
    const attempt = () => parseTemplate(text);
    expect(attempt).toThrow(CacheUsageError);
    expect(attempt).toThrow(reason);
  });
});

describe('two templates', () => {
  it.each([
    ['posts:all', 'posts:all'],
    ['posts:{id}', 'posts:{slug}'],
    ['posts:{id}', 'posts:all'],
    ['{type}:1', 'posts:{id}'],
    ['posts:a-{x}', 'posts:{y}-b'],
    ['posts:v{x}', 'posts:v1{y}'],
  ])('%s and %s can make the same key', (a, b) => {
    expect([overlap(a, b), overlap(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['posts:all', 'posts:top'],
    ['posts:id:{id}', 'posts:user:{id}'],
    ['posts:{id}', 'posts:{id}:votes'],
    ['posts:a-{x}', 'posts:b-{y}'],
    ['posts:a-{x}', 'posts:a-'],
    ['posts:{x}-a', 'posts:b'],
  ])('%s and %s cannot', (a, b) => {
    expect([overlap(a, b), overlap(b, a)]).toEqual([false, false]);
  });
});

describe('a parameter in a key', () => {
  it.each([
    ['a b/ü?[]', 'a b/ü?[]'],
    ['a:b', 'a%3Ab'],
    ['*', '%2A'],
    ['{a}', '%7Ba%7D'],
    ['100%', '100%25'],
    [42, '42'],
    [-0.5, '-0.5'],
    [2n ** 64n, '18446744073709551616'],
  ])('%s is written %s', (value, text) => expect(encodeParam('t', 'n', value)).toBe(text));

  it('is reversible and stays within its segment, for any text', () => {
    const unit = fc.constantFrom('a', '1', ' ', '%', ':', '*', '{', '}', '/', 'ü', '😀');
    const text = fc.string({ unit, minLength: 1 });
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeParam('t', 'n', value);
        expect(encoded).not.toMatch(/[:*{}]/);
        expect(
          encoded.replaceAll(/%(..)/g, (_, hex) => String.fromCharCode(Number(`0x${hex}`))),
        ).toBe(value);
      }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['half of a surrogate pair', 'a\uDC00'],
    ['NaN', Number.NaN],
    ['an infinite number', Infinity],
    ['an object', { id: 1 }],
  ])('cannot be %s', (_, value) => {
    const attempt = () => encodeParam('posts:id:{id}', 'id', value as string);
    expect(attempt).toThrow(CacheUsageError);
    expect(attempt).toThrow('the parameter "id" of "posts:id:{id}"');
  });
});

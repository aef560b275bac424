import { expect, test } from 'vitest';

import { createUnsentPosts } from './unsent-posts.ts';

const DRAFT = { title: 'A title', url: 'https://a.example/' };

function start() {
  let keys = 0;
  return createUnsentPosts(() => {
    keys += 1;
    return `key-${keys}`;
  });
}

test('a draft and its key are kept for their user, and for no other', () => {
  const unsentPosts = start();
  unsentPosts('ada').title.value = 'A title';
  expect(unsentPosts('ada').keyOf(DRAFT)).toBe('key-1');
  expect(unsentPosts('eve').title.value).toBe('');
  expect(unsentPosts('eve').keyOf(DRAFT)).toBe('key-2');
  expect(unsentPosts('ada').title.value).toBe('A title');
  expect(unsentPosts('ada').keyOf({ ...DRAFT })).toBe('key-1');
});

test('another draft has another key', () => {
  const post = start()('ada');
  expect(post.keyOf(DRAFT)).toBe('key-1');
  expect(post.keyOf({ ...DRAFT, title: 'Another' })).toBe('key-2');
});

test('a sent post leaves nothing', () => {
  const post = start()('ada');
  post.title.value = 'A title';
  post.url.value = 'https://a.example/';
  post.keyOf(DRAFT);
  post.clear();
  expect([post.title.value, post.url.value]).toEqual(['', '']);
  expect(post.keyOf(DRAFT)).toBe('key-2');
});

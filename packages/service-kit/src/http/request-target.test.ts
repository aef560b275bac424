import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { expect, test } from 'vitest';

import { dispatchByPrefix, originForm } from './request-target.ts';

test.each([
  ['/api/posts?limit=1', '/api/posts?limit=1'],
  ['http://localhost:5000/api/posts?limit=1', '/api/posts?limit=1'],
  ['HTTPS://user@a.example/api#part', '/api'],
  ['http://a.example', '/'],
  ['http://a.example?limit=1', '/?limit=1'],
  ['//a.example/api', '//a.example/api'],
  ['*', '*'],
  ['a.example:443', 'a.example:443'],
  ['ftp://a.example/api', 'ftp://a.example/api'],
  ['http://', 'http://'],
  ['', ''],
])('the origin form of %j is %j', (target, expected) => {
  expect(originForm(target)).toBe(expected);
});

test.each([
  ['/api/posts', 'posts'],
  ['/api/posts?limit=1', 'posts'],
  ['/api/posts/1', 'posts'],
  ['/api/auth/login', 'auth'],
  ['http://a.example/api/auth', 'auth'],
  ['/api/postscript', 'otherwise'],
  ['/api', 'otherwise'],
  ['/health', 'otherwise'],
  ['*', 'otherwise'],
])('%s is dispatched to %s', (url, expected) => {
  const reached: string[] = [];
  const handler =
    (name: string): RequestListener =>
    () =>
      void reached.push(name);
  const choose = dispatchByPrefix(
    { '/api/auth': handler('auth'), '/api/posts': handler('posts') },
    handler('otherwise'),
  );
  choose({ url } as IncomingMessage, {} as ServerResponse);
  expect(reached).toEqual([expected]);
});

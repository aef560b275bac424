import { expect, it } from 'vitest';

import { parseReply } from './resp.ts';

it.each([
  ['+PONG\r\n', 'PONG'],
  [':42\r\n', 42],
  ['$-1\r\n', null],
  ['$0\r\n\r\n', ''],
  // The length counts bytes, and the body may hold line ends.
  ['$8\r\ngrüß\r\n\r', undefined],
  ['$8\r\ngrüß\r\n\r\n', 'grüß\r\n'],
  ['+PON', undefined],
  ['$5\r\nab', undefined],
])('reads %j as %j', (text, reply) => {
  expect(parseReply(text)).toBe(reply);
});

it('reads an error reply as an error', () => {
  expect(parseReply('-LOADING wait\r\n')).toEqual(new Error('LOADING wait'));
});

import { expect, test } from 'vitest';

import { newRefreshToken, newSalt, successorOf } from './session.ts';

const token = newRefreshToken();
const salt = newSalt();

test('a token and a salt have one successor, on every pod', () => {
  expect(successorOf(token, salt)).toBe(successorOf(token, Buffer.from(salt)));
});

test('another salt or another token has another successor', () => {
  const successors = [
    successorOf(token, salt),
    successorOf(token, newSalt()),
    successorOf(newRefreshToken(), salt),
  ];
  expect(new Set(successors).size).toBe(3);
});

test('a successor has 256 bits, as a first token has', () => {
  expect(Buffer.from(successorOf(token, salt), 'base64url')).toHaveLength(32);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});

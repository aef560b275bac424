import { expect, test } from 'vitest';

import { exactTime, timeAgo } from './time-ago.tsx';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

test.each([
  [0, 'just now'],
  [59 * SECOND, 'just now'],
  [60 * SECOND, '1 minute ago'],
  [119 * SECOND, '1 minute ago'],
  [5 * HOUR, '5 hours ago'],
  [24 * HOUR, 'yesterday'],
  [400 * 24 * HOUR, 'last year'],
  // The clock of the server is ahead of the browser's.
  [-2 * SECOND, 'just now'],
  [-15 * 60 * SECOND, 'just now'],
])('%d ms are shown as "%s"', (ageMs, text) => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  expect(timeAgo(nowMs - ageMs, nowMs)).toBe(text);
});

test('an exact time distinguishes seconds', () => {
  const [one, other] = ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'].map(exactTime);
  expect(one).not.toBe(other);
});

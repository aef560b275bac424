import { expect, test } from 'vitest';

import { mapDatabaseError, mapUnknownOutcome } from './database-errors.ts';

const failed = (fields: object) => Object.assign(new Error('failed'), fields);
const REFUSED = failed({ code: 'ECONNREFUSED', syscall: 'connect' });
const RESET = failed({ code: 'ECONNRESET', syscall: 'read' });
const LOCKED = failed({ code: '55P03', severity: 'ERROR' });

test.each([
  [REFUSED, 'The database cannot be reached at the moment'],
  [LOCKED, 'The database is too busy at the moment'],
])('%o is unavailable: %s', (error, message) => {
  expect(mapDatabaseError(error)).toMatchObject({
    code: 'unavailable',
    message,
    retryAfterSeconds: 1,
  });
});

test('a write without a response is outcome-unknown, without a retry time', () => {
  const mapped = mapUnknownOutcome(RESET, 'Look first');
  expect(mapped).toMatchObject({ code: 'outcome-unknown', message: 'Look first', cause: RESET });
  expect(mapped?.retryAfterSeconds).toBeUndefined();
});

test.each([REFUSED, LOCKED, failed({ code: '23505', severity: 'ERROR' }), new TypeError('a bug')])(
  'a write that failed with %o was not committed',
  (error) => {
    expect(mapUnknownOutcome(error, 'Look first')).toBeUndefined();
  },
);

import { expect, test } from 'vitest';

import { mayHaveCommitted } from './write-outcome.ts';

const postgres = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('what Postgres said'), { code, severity });
const system = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });

test.each([
  ['a query that got no answer', new Error('Query read timeout')],
  ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ['a connection that was reset', system('ECONNRESET', 'read')],
  ['a pipe that broke', system('EPIPE', 'write')],
  ['a Postgres that is shut down', postgres('57P01', 'FATAL')],
  ['a Postgres that crashed', postgres('57P02', 'WARNING')],
  ['a completion that is unknown', postgres('40003')],
  ['anything else', 'a string'],
])('a write may have been committed despite %s', (_what, error) => {
  expect(mayHaveCommitted(error)).toBe(true);
});

const refused = system('ECONNREFUSED', 'connect');
test.each([
  ['a connection that was refused', refused],
  ['two addresses that refused', new AggregateError([refused, refused])],
  ['a host that has no address', system('ENOTFOUND', 'getaddrinfo')],
  ['a connection that took too long', new Error('timeout expired')],
  ['a pool that is empty', new Error('Knex: Timeout acquiring a connection. The pool is full')],
  ['a rule of the table', postgres('23514')],
  ['a statement that took too long', postgres('57014')],
  ['a Postgres that starts', postgres('57P03', 'FATAL')],
  ['a Postgres without a free place', postgres('53300', 'FATAL')],
])('a write was not committed after %s', (_what, error) => {
  expect(mayHaveCommitted(error)).toBe(false);
});

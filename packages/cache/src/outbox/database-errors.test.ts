import { expect, test } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { classifyDatabaseError, mayHaveCommitted } from './database-errors.ts';

const postgres = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('an error of Postgres'), { code, severity });
const system = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });
const refused = system('ECONNREFUSED', 'connect');

test.each([
  ['a query that the driver gave up', new Error('COMMIT; - Query read timeout')],
  ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ['a connection that was reset', system('ECONNRESET', 'read')],
  ['a broken pipe', system('EPIPE', 'write')],
  ['a connection exception', postgres('08006', 'FATAL')],
  ['a Postgres that shuts down', postgres('57P01', 'FATAL')],
  ['a Postgres that crashed', postgres('57P02', 'WARNING')],
  ['a completion that is unknown', postgres('40003')],
  ['a full disk while the commit is logged', postgres('53100', 'PANIC')],
  ['one address refused and another reset', new AggregateError([refused, new Error('reset')])],
  ['an aggregate of nothing', new AggregateError([])],
  ['an unknown error', new Error('unknown')],
  ['a value that is no error', 'a string'],
])('a transaction may have committed despite %s', (_what, error) => {
  expect(mayHaveCommitted(error)).toBe(true);
});

test.each([
  ['a refused connection', refused],
  ['two addresses that refused', new AggregateError([refused, refused])],
  ['a host without an address', system('ENOTFOUND', 'getaddrinfo')],
  ['a connection that took too long', new Error('timeout expired')],
  ['a pg pool without a free place', new Error('timeout exceeded when trying to connect')],
  ['a Knex pool without one', new Error('Knex: Timeout acquiring a connection. The pool is full')],
  ['a Knex pool that was destroyed', new Error('Unable to acquire a connection')],
  [
    'a connection that had broken before',
    new Error('COMMIT; - Client has encountered a connection error and is not queryable'),
  ],
  ['a connection that was closed before', new Error('Client was closed and is not queryable')],
  ['a rollback by the caller', new Error('Transaction rejected with non-error: undefined')],
  ['a violated constraint', postgres('23514')],
  ['a serialization failure', postgres('40001')],
  ['a statement time-out', postgres('57014')],
  ['an idle transaction that Postgres ended', postgres('25P03', 'FATAL')],
  ['a Postgres that is starting', postgres('57P03', 'FATAL')],
  ['a Postgres with too many connections', postgres('53300', 'FATAL')],
  ['a row that the outbox refused', new CacheUsageError('too many targets')],
])('a transaction has not committed after %s', (_what, error) => {
  expect(mayHaveCommitted(error)).toBe(false);
});

test.each([
  ['a refused connection', refused],
  ['a reset connection', system('ECONNRESET', 'read')],
  ['two addresses, one refused', new AggregateError([new Error('other'), refused])],
  ['a connection that took too long', new Error('timeout expired')],
  ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ['a query without an answer', new Error('COMMIT; - Query read timeout')],
  ['a closed client', new Error('Client was closed and is not queryable')],
  ['a pool that refuses', new Error('Unable to acquire a connection: the database is away')],
  ['a login without a password', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: no password')],
  [
    'an unknown certificate',
    Object.assign(new Error('tls'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
  ],
  ['a failure of a pooler', postgres('08P01', 'FATAL')],
  ['a refused password', postgres('28P01', 'FATAL')],
  ['a refused role', postgres('28000', 'FATAL')],
  ['an unknown database', postgres('3D000', 'FATAL')],
  ['a read-only server', postgres('25006')],
  ['a server that shuts down', postgres('57P01', 'FATAL')],
  ['a server that starts', postgres('57P03', 'FATAL')],
  ['an idle session that was ended', postgres('57P05', 'FATAL')],
])('after %s the database is away and the connection is lost', (_what, error) => {
  expect(classifyDatabaseError(error)).toMatchObject({ kind: 'away', connectionLost: true });
});

test.each([
  ['a statement time-out', postgres('57014'), false],
  ['a lock time-out', postgres('55P03'), false],
  ['a deadlock', postgres('40P01'), false],
  ['a serialization failure', postgres('40001'), false],
  ['a full disk', postgres('53100'), false],
  ['too many connections', postgres('53300', 'FATAL'), true],
  ['an idle transaction that was ended', postgres('25P03', 'FATAL'), true],
  ['a Knex pool without a free place', new Error('Knex: Timeout acquiring a connection.'), false],
])('after %s the database is busy', (_what, error, connectionLost) => {
  expect(classifyDatabaseError(error)).toMatchObject({ kind: 'busy', connectionLost });
});

test('a violated constraint is named, and costs no connection', () => {
  const error = Object.assign(postgres('23505'), { constraint: 'users_email_key' });
  expect(classifyDatabaseError(error)).toEqual({
    kind: 'constraint',
    code: '23505',
    connectionLost: false,
    mayHaveCommitted: false,
    constraint: 'users_email_key',
  });
});

test.each([
  ['a missing table', postgres('42P01')],
  ['an error of the program', new TypeError('undefined is not a function')],
  ['a value that is no error', 'a string'],
  ['nothing', undefined],
])('%s is neither', (_what, error) => {
  expect(classifyDatabaseError(error)).toMatchObject({ kind: 'other', connectionLost: false });
});

import { pino } from 'pino';
import { expect, test } from 'vitest';

import { captureLog } from '../testing/log.ts';
import { createLogger, describeError } from './logger.ts';

test('writes JSON lines with the time, the service and the fields of the trace', () => {
  let line = '';
  const log = createLogger({
    level: 'info',
    service: 'auth',
    mixin: () => ({ trace_id: 'abc' }),
    destination: { write: (text) => (line = text) },
  });
  log.info({ port: 1 }, 'Listening');
  expect(JSON.parse(line)).toEqual({
    level: pino.levels.values['info'],
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: 'auth',
    trace_id: 'abc',
    port: 1,
    msg: 'Listening',
  });
});

test('describes an error with its causes and its code', () => {
  const cause = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
  const described = describeError(new TypeError('No answer', { cause }));
  expect(described).toMatchObject({
    type: 'TypeError',
    message: 'No answer',
    cause: { type: 'Error', message: 'connect failed', code: 'ECONNREFUSED' },
  });
  expect(described.stack).toMatch(/^\s+at .*logger\.test/);
});

test('serializes a thrown value that is no error', () => {
  expect(describeError('gone')).toEqual({ type: 'string', message: 'gone' });
  expect(describeError(undefined)).toEqual({ type: 'undefined', message: 'undefined' });
});

test('omits properties that libraries add to an error', () => {
  const { log, text } = captureLog();
  const error = Object.assign(new Error('duplicate key value violates "users_email_key"'), {
    code: '23505',
    severity: 'ERROR',
    detail: 'Key (email)=(ann@example.org) already exists.',
    sql: 'insert into users',
    bindings: ['ann@example.org'],
    config: { url: 'postgres://relay:secret@db' },
  });
  log.error({ err: error }, 'Request failed');
  expect(text()).toContain('users_email_key');
  expect(text()).not.toMatch(/ann@example|insert into|secret/);
});

test('leaves out the value that Postgres quotes', () => {
  const error = Object.assign(new Error('invalid input syntax for type uuid: "se"cret"'), {
    code: '22P02',
  });
  expect(describeError(error).message).toBe('invalid input syntax for type uuid: "…"');
});

test('repeats no message in the stack', () => {
  const error = new Error('first line\nsecond line');
  expect(describeError(error).stack).not.toContain('line');
});

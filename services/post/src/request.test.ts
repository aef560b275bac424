import { AppError, parse } from '@relay/service-kit';
import { describe, expect, test } from 'vitest';

import {
  decodeCursor,
  encodeCursor,
  listQuerySchema,
  postPathSchema,
  topQuerySchema,
} from './request.ts';

const id = '0190f5fe-7c00-7a00-8000-00000000000a';
const createdAt = '2026-01-02T03:04:05.678Z';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('an id', () => {
  test('has one spelling, however it was sent', () => {
    expect(postPathSchema.parse({ id: id.toUpperCase() })).toEqual({ id });
    expect(listQuerySchema.parse({ user: id.toUpperCase() }).user).toBe(id);
  });

  test.each(['', '1', 'top', id.slice(1), `${id}0`, ` ${id}`, `{${id}}`, `${id}' or 1=1`, '*'])(
    'is refused when it is %o',
    (given) => {
      expect(postPathSchema.safeParse({ id: given }).success).toBe(false);
    },
  );
});

describe('a limit', () => {
  test('is 50 posts, and 10 of the top, unless said otherwise', () => {
    expect(listQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(topQuerySchema.parse({})).toEqual({ limit: 10 });
  });

  test.each([
    ['1', 1],
    ['100', 100],
    ['050', 50],
  ])('may be %o', (given, limit) => {
    expect(listQuerySchema.parse({ limit: given })).toEqual({ limit });
  });

  test.each(['0', '101', '-1', '1.5', '1e1', '0x10', ' 5', '5\n', '', '٣', '1000', ['1', '2']])(
    'is refused when it is %o, naming the field',
    (limit) => {
      const error = thrownBy(() => parse(topQuerySchema, { limit }, 'query'));
      const errors = [{ path: 'limit', message: 'A whole number from 1 to 100' }];
      expect(error).toMatchObject({ code: 'invalid', errors });
    },
  );
});

test.each([
  ['limits', 'limits'],
  ['__proto__', '__proto__'],
])('a query with the unknown field %s is refused, naming it', (name, path) => {
  const query = Object.assign(Object.create(null), { [name]: '1' }) as object;
  expect(thrownBy(() => parse(listQuerySchema, query, 'query'))).toMatchObject({
    errors: [{ path, message: 'Unknown field' }],
  });
});

describe('a cursor', () => {
  test('is a position there and back', () => {
    const position = { createdAt: new Date(createdAt), id };
    const cursor = encodeCursor(position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor)).toEqual(position);
  });

  test('that was given twice is refused', () => {
    expect(listQuerySchema.safeParse({ cursor: ['a', 'b'] }).success).toBe(false);
  });

  test('is refused unread when it is far too long', () => {
    expect(listQuerySchema.safeParse({ cursor: 'a'.repeat(201) }).success).toBe(false);
  });

  test.each([
    ['empty', ''],
    ['not base64', '***'],
    ['a cursor with something in it that base64 skips', `!${encode([createdAt, id])}`],
    ['a padded cursor', Buffer.from(JSON.stringify([createdAt, id])).toString('base64') + '='],
    ['not JSON', Buffer.from('[').toString('base64url')],
    ['not UTF-8', Buffer.from([0xff, 0xfe]).toString('base64url')],
    ['null', encode(null)],
    ['an object', encode({ createdAt, id })],
    ['too short', encode([createdAt])],
    ['too long', encode([createdAt, id, 1])],
    ['of numbers', encode([1, 2])],
    ['of something that is no date', encode(['yesterday', id])],
    ['of a day that never was', encode(['2026-02-30T00:00:00.000Z', id])],
    ['of a time without a zone', encode(['2026-01-02T03:04:05.678', id])],
    ['of microseconds, which no cursor has', encode(['2026-01-02T03:04:05.678901Z', id])],
    ['of a year beyond what Postgres keeps', encode(['+275760-09-13T00:00:00.000Z', id])],
    ['of a year before what Postgres keeps', encode(['-271821-04-20T00:00:00.000Z', id])],
    ['of infinity', encode(['infinity', id])],
    ['of SQL for a date', encode(["2026-01-02'; drop table posts; --", id])],
    ['of SQL for an id', encode([createdAt, "') or true --"])],
    ['of an id in another spelling', encode([createdAt, id.toUpperCase()])],
    ['polluted', Buffer.from('{"__proto__":[]}').toString('base64url')],
  ])('is refused when it is %s', (_what, cursor) => {
    const error = thrownBy(() => decodeCursor(cursor));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'cursor', message: 'Not a cursor that a page has given' }],
    });
  });
});

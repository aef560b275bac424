import { parse } from '@relay/service-kit/http/parse';
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
  test('is 50 posts, and 10 of the top, by default', () => {
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
])('a query with the unknown field %s is rejected with its name', (name, path) => {
  const query = Object.assign(Object.create(null), { [name]: '1' }) as object;
  expect(thrownBy(() => parse(listQuerySchema, query, 'query'))).toMatchObject({
    errors: [{ path, message: 'Unknown field' }],
  });
});

describe('a cursor', () => {
  test('is a position there and back', () => {
    const position = { createdAt: new Date(createdAt), id };
    const cursor = encodeCursor(position);
    expect(decodeCursor(cursor)).toEqual(position);
    expect(listQuerySchema.parse({ cursor })).toMatchObject({ cursor });
    expect(encodeURIComponent(cursor).length).toBeLessThan(100);
  });

  test('that is repeated is rejected', () => {
    expect(listQuerySchema.safeParse({ cursor: ['a', 'b'] }).success).toBe(false);
  });

  test.each([
    ['empty', ''],
    ['half of one', createdAt],
    ['too long', `${createdAt}_${id}_`],
    ['two lines', `${createdAt}_${id}\n`],
    ['of numbers', '1_2'],
    ['of something that is no date', `yesterday_${id}`],
    ['of a day that never was', `2026-02-30T00:00:00.000Z_${id}`],
    ['of a time without a zone', `2026-01-02T03:04:05.678_${id}`],
    ['of microseconds, which no cursor has', `2026-01-02T03:04:05.678901Z_${id}`],
    ['of a year after the range of Postgres', `+275760-09-13T00:00:00.000Z_${id}`],
    ['of a year before the range of Postgres', `-271821-04-20T00:00:00.000Z_${id}`],
    ['of infinity', `infinity_${id}`],
    ['of SQL for a date', `2026-01-02'; drop table posts; --_${id}`],
    ['of SQL for an id', `${createdAt}_') or true --`],
    ['of an id in another spelling', `${createdAt}_${id.toUpperCase()}`],
  ])('is rejected when it is %s', (_name, cursor) => {
    const errors = [{ path: 'cursor', message: 'Not a cursor of a previous page' }];
    const refusal = { code: 'invalid', errors };
    expect(thrownBy(() => decodeCursor(cursor))).toMatchObject(refusal);
    expect(thrownBy(() => parse(listQuerySchema, { cursor }, 'query'))).toMatchObject(refusal);
  });
});

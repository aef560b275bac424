import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { encodeJson, jsonCodec } from './json.ts';

const through = (value: unknown) => jsonCodec.decode(Buffer.from(encodeJson(value)));

describe('JSON', () => {
  it.each([null, 0, '', 'ünï', [], {}, [{}], { a: { b: [1, null, true] } }])(
    'returns %j as it was',
    (value) => expect(through(value)).toEqual(value),
  );

  it('returns a date as text', () => {
    expect(through({ at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it('leaves out the same properties as JSON', () => {
    expect(through({ a: undefined, b: () => 1, c: Number.NaN })).toEqual({ c: null });
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a bigint inside', { a: [1n] }],
    ['a Map', new Map([[1, 2]])],
    ['a Set inside', { a: [{ b: new Set([1]) }] }],
    ['a typed array', new Uint8Array([1])],
  ])('refuses %s', (_, value) => expect(() => encodeJson(value)).toThrow(CacheUsageError));

  it('refuses a cycle, with the cause', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encodeJson(cycle)).toThrow(
      expect.objectContaining({ name: 'CacheUsageError', cause: expect.any(TypeError) as Error }),
    );
  });

  it('takes an empty object that has its own form in JSON', () => {
    expect(through({ toJSON: () => ({}), hidden: new Map() })).toEqual({});
  });

  it('fails to decode invalid JSON', () => {
    expect(() => jsonCodec.decode(Buffer.from('{"a":'))).toThrow(SyntaxError);
  });
});

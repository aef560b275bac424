import { expect, test } from 'vitest';
import type { z } from 'zod';

import { ConfigError } from '../process/config.ts';
import { rangesOf } from './ranges.ts';

/**
 * The tests of a service's numbers: each has a range, and the range is kept.
 *
 * @param read reads the configuration from these variables and the required ones
 */
export function testRanges(
  variables: z.ZodRawShape,
  read: (environment?: Record<string, string>) => object,
): void {
  const ranges = Object.entries(rangesOf(variables));

  test('every number has a range', () => {
    const numbers = Object.entries(read()).filter(([, value]) => typeof value === 'number');
    expect(ranges.map(([name]) => name)).toEqual(
      expect.arrayContaining(numbers.map(([name]) => name)),
    );
    expect(numbers.length).toBeGreaterThan(9);
  });

  test.each(ranges)(
    '%s accepts both ends of its range, and names the range beyond',
    (name, { min, max }) => {
      const readNumber = (value: number) => read({ [name]: String(value) });
      expect([readNumber(min), readNumber(max)]).toEqual([
        expect.objectContaining({ [name]: min }),
        expect.objectContaining({ [name]: max }),
      ]);
      const message = `${name}: must be a whole number from ${min} to ${max}`;
      for (const beyond of [min - 1, max + 1, 2 ** 31, 8_640_000_000_000]) {
        expect(() => readNumber(beyond)).toThrow(new ConfigError(message));
      }
    },
  );
}

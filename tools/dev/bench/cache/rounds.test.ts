import { expect, it } from 'vitest';

import type { ContenderProcess } from './contender-process.ts';
import { percentiles } from './measure.ts';
import { compare } from './rounds.ts';

it('returns percentiles in microseconds', () => {
  const milliseconds = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(milliseconds)).toEqual({ p50Us: 51_000, p99Us: 100_000 });
});

it('measures contenders in turn, leaves the first round out, and returns each median', async () => {
  const order: string[] = [];
  const p50s = { a: [100, 3, 1, 2], b: [100, 6, 5, 4] };
  const processes = ['a', 'b'].map((name) => ({ name }) as ContenderProcess);
  const measured = await compare(processes, 3, async ({ name }) => {
    order.push(name);
    const p50Us = p50s[name as 'a' | 'b'].shift()!;
    return { operations: 1, operationsPerSecond: 1, p50Us, p99Us: 7, cpuUsPerOperation: 8 };
  });
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
  expect(measured['a']).toMatchObject({ p50Us: 2, p99Us: 7, cpuUsPerOperation: 8, loads: 0 });
  expect(measured['b']).toMatchObject({ p50Us: 5 });
});

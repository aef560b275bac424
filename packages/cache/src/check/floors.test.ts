import { describe, expect, it } from 'vitest';

import { createFloors } from './floors.ts';

describe('floors', () => {
  it('has the highest version added before a time', () => {
    const floors = createFloors();
    floors.add(10, 1);
    floors.add(20, 2);
    expect(floors.before(10)).toBeUndefined();
    expect(floors.before(11)).toEqual({ time: 10, version: 1 });
    expect(floors.before(100)).toEqual({ time: 20, version: 2 });
  });

  it('keeps the highest version when a lower one comes later', () => {
    const floors = createFloors();
    floors.add(10, 5);
    floors.add(20, 4);
    expect(floors.before(30)).toEqual({ time: 10, version: 5 });
  });

  it('takes additions out of order', () => {
    const floors = createFloors();
    for (const [time, version] of [
      [30, 3],
      [10, 1],
      [40, 2],
      [20, 2],
      [20, 4],
    ] as const) {
      floors.add(time, version);
    }
    expect(floors.before(20)?.version).toBe(1);
    expect(floors.before(21)?.version).toBe(4);
    expect(floors.before(99)?.version).toBe(4);
  });

  it('finds the earliest step above a version', () => {
    const floors = createFloors();
    for (const version of [1, 2, 3]) floors.add(version * 10, version);
    expect(floors.firstAbove(1)).toEqual({ time: 20, version: 2 });
    expect(floors.firstAbove(3)).toBeUndefined();
  });

  it('drops its oldest steps beyond a number', () => {
    const floors = createFloors(2);
    for (const version of [1, 2, 3]) floors.add(version * 10, version);
    expect(floors.firstAbove(0)).toEqual({ time: 20, version: 2 });
  });

  it('agrees with a search through all additions, in any order', () => {
    const random = seeded(7);
    for (let round = 0; round < 200; round += 1) {
      const floors = createFloors();
      const added = Array.from({ length: 12 }, () => ({
        time: Math.floor(random() * 20),
        version: Math.floor(random() * 9) + 1,
      }));
      for (const { time, version } of added) floors.add(time, version);
      for (let time = 0; time <= 21; time += 1) {
        const highest = Math.max(0, ...added.filter((a) => a.time < time).map((a) => a.version));
        expect(floors.before(time)?.version ?? 0).toBe(highest);
      }
    }
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

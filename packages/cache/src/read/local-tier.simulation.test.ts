import { expect, it } from 'vitest';

import { BOUND_MS, createWorldInSync, HEARTBEAT_MS } from '../testing/local-world.ts';
import { createMemoryBus } from '../testing/lossy-bus.ts';
import { seededRandom } from '../testing/seeded-random.ts';

const KEY = 'posts:all';
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);
const RUN_MS = 20_000;

it('returns nothing older than its bound, with lost, late and reordered messages and stopped processes', () => {
  const runs = SEEDS.map(simulate);
  expect(Math.max(...runs.map(({ stalestMs }) => stalestMs))).toBeLessThan(BOUND_MS + HEARTBEAT_MS);
  // A tier that returns nothing, or is never disturbed, would pass as well.
  expect(Math.min(...runs.map(({ hits }) => hits))).toBeGreaterThan(RUN_MS / 20);
  expect(runs.filter(({ stalestMs }) => stalestMs > HEARTBEAT_MS).length).toBeGreaterThan(10);
  expect(Math.min(...runs.map(({ drops }) => drops))).toBeGreaterThan(0);
});

/**
 * Process `b` writes new versions to a store that is always current; `a` reads. At random times
 * either one loses its connection, is delayed, or stops, and `b`'s messages change their order.
 */
function simulate(seed: number) {
  const random = seededRandom(seed);
  let nowMs = 0;
  let version = 0;
  /** When the bus took the first message that makes a version old, by version. */
  const overtakenMs: number[] = [];
  const markOvertaken = (by: number) => {
    for (let v = by - 1; v >= 0 && overtakenMs[v] === undefined; v -= 1) overtakenMs[v] = nowMs;
  };
  const memory = createMemoryBus();
  const { a, b, advance } = createWorldInSync({
    hub: {
      ...memory,
      publish(message) {
        const [type, sender, number] = JSON.parse(message) as [string, string, number];
        if (type === 'i' && sender === 'b') markOvertaken(number);
        memory.publish(message);
      },
    },
  });
  const healAtMs = { a: Infinity, b: Infinity };
  let finishFill: (() => void) | undefined;
  const result = { stalestMs: 0, hits: 0, drops: 0 };

  for (; nowMs < RUN_MS; nowMs += 1) {
    for (const [name, process] of Object.entries({ a, b }) as ['a' | 'b', typeof a][]) {
      if (nowMs >= healAtMs[name]) {
        process.bus.release('sent', (messages) => shuffle(messages, random));
        process.resume();
        process.bus.heal();
        healAtMs[name] = Infinity;
      } else if (healAtMs[name] === Infinity && random() < 0.0005) {
        healAtMs[name] = nowMs + Math.floor(random() * 2 * BOUND_MS);
        const faults = [
          () => process.stop(),
          () => process.bus.lose('received'),
          () => process.bus.lose('sent'),
          () => process.bus.hold('sent'),
        ];
        faults[Math.floor(random() * faults.length)]!();
      }
    }
    if (random() < 0.002) {
      version += 1;
      b.tier.invalidate([{ kind: 'key', key: KEY }]);
    }
    const value = a.get(KEY);
    if (value !== undefined) {
      result.hits += 1;
      const staleMs = nowMs - (overtakenMs[Number(value)] ?? nowMs);
      result.stalestMs = Math.max(result.stalestMs, staleMs);
    } else if (finishFill && random() < 0.2) {
      finishFill();
      finishFill = undefined;
    } else {
      finishFill ??= a.startFill(KEY, String(version), [], 60_000);
    }
    advance(1);
  }
  result.drops = a.drops().length;
  return result;
}

function shuffle(messages: string[], random: () => number): string[] {
  return messages
    .map((message) => ({ message, order: random() }))
    .toSorted((x, y) => x.order - y.order)
    .map(({ message }) => message);
}

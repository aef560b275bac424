import type { InvalidationBus } from '../api.ts';
import { createEvents } from '../observe/events.ts';
import { createLocalTier } from '../read/local-tier.ts';
import { createLossyBus, createMemoryBus } from './lossy-bus.ts';
import { recordEvents } from './recorded-events.ts';

export const HEARTBEAT_MS = 250;
export const BOUND_MS = 1000;

/** Processes on one clock and one bus. Each has a lossy access to the bus, and timers that can stop. */
export function createWorld(hub: InvalidationBus = createMemoryBus()) {
  const timers = new Set<{ dueMs: number; intervalMs: number; run: () => void; owner: string }>();
  const stopped = new Set<string>();
  let nowMs = 0;

  function advance(ms: number): void {
    const end = nowMs + ms;
    while (nowMs < end) {
      nowMs += 1;
      for (const timer of timers) {
        if (stopped.has(timer.owner) || timer.dueMs > nowMs) continue;
        timer.dueMs = nowMs + timer.intervalMs;
        timer.run();
      }
    }
  }

  function start(name: string, { maxBytes = 1_000_000 } = {}) {
    const bus = createLossyBus(hub);
    const recorded = recordEvents();
    const tier = createLocalTier({
      bus,
      maxBytes,
      events: createEvents([recorded.listener]),
      processId: name,
      heartbeatMs: HEARTBEAT_MS,
      boundMs: BOUND_MS,
      now: () => nowMs,
      every(intervalMs, run) {
        const timer = { dueMs: nowMs + intervalMs, intervalMs, run, owner: name };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    });
    const startFill = (key: string, value: string, tags: string[] = [], ttlMs = 10_000) => {
      const begun = tier.begin();
      return () => tier.set(key, Buffer.from(value), ttlMs, tags, begun);
    };
    return {
      tier,
      bus,
      startFill,
      put(key: string, value: string, options: { ttlMs?: number; tags?: string[] } = {}) {
        startFill(key, value, options.tags, options.ttlMs)();
      },
      get: (key: string) => tier.get(key)?.toString(),
      drops: () => recorded.of('local-dropped').map(({ reason }) => reason),
      /** SIGSTOP: no timer runs and no message is received. */
      stop() {
        stopped.add(name);
        bus.hold('received');
      },
      /** SIGCONT: delayed messages arrive. */
      resume() {
        stopped.delete(name);
        bus.release('received');
      },
    };
  }
  return { start, advance };
}

/** Two processes that are in sync with one another. */
export function createWorldInSync(options: { maxBytes?: number; hub?: InvalidationBus } = {}) {
  const { start, advance } = createWorld(options.hub);
  const a = start('a', options);
  const b = start('b', options);
  advance(BOUND_MS);
  return { a, b, start, advance };
}

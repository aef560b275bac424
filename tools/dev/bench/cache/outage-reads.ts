import { setTimeout as wait } from 'node:timers/promises';

import { percentiles } from './measure.ts';
import type { Outage } from './tasks.ts';

type Ended = { state: 'answered'; answer: unknown } | { state: 'failed' } | { state: 'hung' };

/** The outcome of a read within `ms`. A read that hangs keeps running. */
export async function within(ms: number, read: Promise<unknown>): Promise<Ended> {
  const patience = new AbortController();
  const ended: Promise<Ended> = read.then(
    (answer) => ({ state: 'answered', answer }),
    () => ({ state: 'failed' }),
  );
  const hung = wait(ms, { state: 'hung' } as const, { signal: patience.signal });
  try {
    return await Promise.race([ended, hung]);
  } finally {
    patience.abort();
    hung.catch(() => {});
  }
}

/** Leaves processor time to the other contenders, which are measured concurrently. */
const PAUSE_MS = 5;

/** One read alone, then `readers` that read in turn for `ms`, with a pause after each read. */
export async function measureOutage(
  read: () => Promise<unknown>,
  { ms, readers, giveUpMs }: { ms: number; readers: number; giveUpMs: number },
): Promise<Outage> {
  const from = performance.now();
  const first = await within(giveUpMs, read());
  const firstMs = first.state === 'hung' ? null : performance.now() - from;

  const counts = { answered: 0, failed: 0, hung: 0 };
  const samples: number[] = [];
  const end = performance.now() + ms;
  const loop = async () => {
    while (performance.now() < end) {
      const from = performance.now();
      const { state } = await within(giveUpMs, read());
      counts[state] += 1;
      if (state === 'answered') samples.push(performance.now() - from);
      await wait(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: readers }, loop));
  const { p50Us, p99Us } = percentiles(samples);
  return { firstMs, ...counts, p50Ms: inMs(p50Us), p99Ms: inMs(p99Us) };
}

function inMs(us: number): number | null {
  return Number.isNaN(us) ? null : us / 1000;
}

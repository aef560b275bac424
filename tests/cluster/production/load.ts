import { eventually } from '../../../tools/kit/wait.ts';
import type { Client } from '../support/api.ts';
import { constantLoad, describeTally, type Request, type Tally } from '../support/load.ts';

const PER_SECOND = 30;
const SOON = { withinMs: 120_000, everyMs: 250 };
const STALENESS_BOUND = { withinMs: 10_000, everyMs: 50 };

/** The result of a fault under constant load. */
export interface Impact {
  tally: Tally;
  /** How long reads did not show a write that had been answered, for each such write: ms. */
  staleForMs: number[];
  /** Writes that no read showed within 10 s, the bound of the cache in `available` mode. */
  lostWrites: string[];
  /** From the start of the fault until reads and writes succeeded again. */
  recoveredAfterMs: number;
}

/**
 * Sends reads and writes at a constant rate during a fault. Every write is read again by the same user as soon as it is
 * answered, until a read shows it.
 */
export async function underLoad(client: Client, fault: () => Promise<void>): Promise<Impact> {
  const staleForMs: number[] = [];
  const lostWrites: string[] = [];
  const list: Request = () => client.list();
  const writeAndRead: Request = async () => {
    const title = `Written at ${Date.now()}`;
    const body = { title, url: 'https://example.com' };
    const written = await client.send('POST', '/api/posts', body);
    if (written.status !== 201) return written;
    const { id } = JSON.parse(written.text) as { id: string };
    const answeredAt = performance.now();
    let staleReads = 0;
    const assertShown = async () => {
      const read = await client.list();
      if (read.status !== 200) throw new Error(String(read.status));
      if (read.text.includes(id)) return;
      staleReads += 1;
      throw new Error(`${read.cache} without the post`);
    };
    try {
      await eventually(`${title} is read`, assertShown, STALENESS_BOUND);
      if (staleReads > 0) staleForMs.push(Math.round(performance.now() - answeredAt));
    } catch (error) {
      lostWrites.push((error as Error).message);
    }
    return written;
  };
  const mix = [...Array.from({ length: 29 }, () => list), writeAndRead];
  const load = constantLoad(mix, PER_SECOND);
  const startedAt = performance.now();
  let recoveredAfterMs: number;
  let tally: Tally;
  try {
    await fault();
    await eventually('a read and a write succeed', () => assertWorks(client), SOON);
    recoveredAfterMs = performance.now() - startedAt;
  } finally {
    tally = await load.stop();
  }
  return { tally, staleForMs, lostWrites, recoveredAfterMs };
}

/** One line. */
export function describeImpact({ tally, staleForMs, recoveredAfterMs }: Impact): string {
  const stale =
    staleForMs.length === 0
      ? 'no stale reads'
      : `stale reads after ${staleForMs.length} writes, for at most ${Math.max(...staleForMs)} ms`;
  const seconds = (recoveredAfterMs / 1000).toFixed(1);
  return `${describeTally(tally)}; ${stale}; works again ${seconds} s after the fault began`;
}

async function assertWorks(client: Client): Promise<void> {
  const { id } = await client.post('Written after the fault');
  const { status, text } = await client.list();
  if (status !== 200 || !text.includes(id))
    throw new Error(`the list is ${status} without the post`);
}

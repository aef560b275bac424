import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { constantLoad, describeTally } from './load.ts';

const answer = (status: number, cache: string | undefined) => () =>
  Promise.resolve({ status, cache });

describe('a constant load', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sends the requests of the mix in turn, at its rate', async () => {
    const load = constantLoad([answer(200, 'HIT'), answer(201, undefined)], 10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await load.stop()).toMatchObject({
      sent: 10,
      byStatus: { 200: 5, 201: 5 },
      outcomes: Array.from({ length: 5 }, () => 'HIT'),
      failures: [],
    });
  });

  it('waits for answers only when it is stopped', async () => {
    const hang = Promise.withResolvers<{ status: number; cache: undefined }>();
    const load = constantLoad([() => hang.promise], 10);
    await vi.advanceTimersByTimeAsync(500);
    expect(load.tally).toMatchObject({ sent: 5, byStatus: {} });
    const stopped = load.stop();
    hang.resolve({ status: 200, cache: undefined });
    expect(await stopped).toMatchObject({ sent: 5, byStatus: { 200: 5 } });
  });

  it('counts a 503 and a lost connection as failures', async () => {
    const lost = new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
    const load = constantLoad([answer(503, undefined), () => Promise.reject(lost)], 10);
    await vi.advanceTimersByTimeAsync(200);
    const tally = await load.stop();
    expect(tally.failures).toEqual([
      expect.stringMatching(/ 503$/),
      expect.stringMatching(/ fetch failed: ECONNRESET$/),
    ]);
    expect(describeTally(tally)).toMatch(/^2 requests, 503 × 1; 2 failed/);
  });
});

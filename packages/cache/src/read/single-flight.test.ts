import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createSingleFlight } from './single-flight.ts';

describe('single flight', () => {
  it('shares one running call among all who ask for the same name', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000 });
    const work = vi.fn<() => Promise<string>>(async () => 'answer');
    const asked = Array.from({ length: 100 }, () => flights.run('name', work));
    expect(await Promise.all(asked.map(({ result }) => result))).toEqual(asked.map(() => 'answer'));
    expect(work).toHaveBeenCalledOnce();
    expect(asked.filter(({ joined }) => !joined)).toHaveLength(1);
  });

  it('keeps different names apart', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000 });
    const a = flights.run('a', async () => 'for a');
    const b = flights.run('b', async () => 'for b');
    expect([await a.result, await b.result]).toEqual(['for a', 'for b']);
  });

  it('calls anew once a call has ended, well or badly', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000 });
    await expect(flights.run('name', () => Promise.reject(new Error('no'))).result).rejects.toThrow(
      'no',
    );
    expect(await flights.run('name', async () => 'yes').result).toBe('yes');
    expect(await flights.run('name', async () => 'again').result).toBe('again');
  });

  it('can be joined until the end of the turn in which it ended', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000, until: 'turn' });
    await flights.run('name', async () => 'first').result;
    const joining = flights.run('name', async () => 'second');
    expect(joining.joined).toBe(true);
    expect(await joining.result).toBe('first');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await flights.run('name', async () => 'third').result).toBe('third');
  });

  it('gives a failure to everyone who waits', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000 });
    const { promise, reject } = Promise.withResolvers<string>();
    const first = flights.run('name', () => promise);
    const second = flights.run('name', () => promise);
    reject(new Error('the source is down'));
    await expect(first.result).rejects.toThrow('the source is down');
    await expect(second.result).rejects.toThrow('the source is down');
  });

  it('does not let a call that was forgotten end the sharing of its successor', async () => {
    const flights = createSingleFlight<string>({ shareMs: 1000 });
    const old = Promise.withResolvers<string>();
    const young = Promise.withResolvers<string>();
    const first = flights.run('name', () => old.promise);
    flights.forget((name) => name === 'name');
    const second = flights.run('name', () => young.promise);
    old.resolve('old');
    expect(await first.result).toBe('old');
    expect(flights.run('name', () => old.promise)).toMatchObject({ joined: true });
    young.resolve('young');
    expect(await second.result).toBe('young');
  });

  describe('as time passes', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('stops joining a call that has run for too long, and so one that hangs', async () => {
      const flights = createSingleFlight<string>({ shareMs: 1000 });
      flights.run('name', hang);
      vi.advanceTimersByTime(999);
      expect(flights.run('name', hang).joined).toBe(true);
      vi.advanceTimersByTime(1);
      const { result, joined } = flights.run('name', async () => 'fresh');
      expect(joined).toBe(false);
      expect(await result).toBe('fresh');
    });
  });
});

function hang(): Promise<string> {
  return new Promise(() => {});
}

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createEvents, type CacheEvent, type CacheListener } from './events.ts';

const HIT: CacheEvent = { type: 'hit', key: 'a', template: 'a', tier: 'store' };
const MISS: CacheEvent = { type: 'miss', key: 'a', template: 'a' };

describe('events', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('reach every listener, in order', () => {
    const seen: string[] = [];
    const events = createEvents([(event) => seen.push(`first ${event.type}`)]);
    events.on((event) => seen.push(`second ${event.type}`));
    events.emit(HIT);
    expect(seen).toEqual(['first hit', 'second hit']);
  });

  it('no longer reach a listener that was removed', () => {
    const listener = vi.fn<CacheListener>();
    const events = createEvents();
    const off = events.on(listener);
    off();
    off();
    events.emit(HIT);
    expect(listener).not.toHaveBeenCalled();
  });

  it('reach the others when one listener throws, and the process is warned once per kind', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const listener = vi.fn<CacheListener>();
    const events = createEvents([broken, listener]);
    for (let n = 0; n < 100; n += 1) events.emit(HIT);
    events.emit(MISS);
    expect(listener).toHaveBeenCalledTimes(101);
    expect(warn.mock.calls).toEqual([
      ['a cache listener threw at "hit": Error: broken metric'],
      ['a cache listener threw at "miss": Error: broken metric'],
    ]);
  });
});

function broken(): never {
  throw new Error('broken metric');
}

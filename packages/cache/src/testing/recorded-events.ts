import type { CacheEvent, CacheListener } from '../observe/events.ts';

export interface RecordedEvents {
  listener: CacheListener;
  /** The types of all events so far, in their order. */
  story(): CacheEvent['type'][];
  /** All events of one type so far. */
  of<T extends CacheEvent['type']>(type: T): Extract<CacheEvent, { type: T }>[];
}

export function recordEvents(): RecordedEvents {
  const events: CacheEvent[] = [];
  return {
    listener: (event) => void events.push(event),
    story: () => events.map(({ type }) => type),
    of: <T extends CacheEvent['type']>(type: T) =>
      events.filter((event): event is Extract<CacheEvent, { type: T }> => event.type === type),
  };
}

import type { CacheStore } from '../protocol/store.ts';

type Method = Exclude<keyof CacheStore, 'close'>;
type Mood = 'well' | 'failing' | 'silent';

/** A store that fails, or falls silent, on command. */
export interface ChaosStore {
  store: CacheStore;
  /** These methods reject from now on; all of them when none is named. */
  fail(...methods: Method[]): void;
  /** These methods never answer from now on; all of them when none is named. */
  silence(...methods: Method[]): void;
  /** Every method works again. What was left unanswered stays so. */
  heal(): void;
  /** Carries out what was left unanswered, late: as a client library does that sends it again. */
  runLate(): Promise<void>;
  /** How often a method was called, well or badly. */
  calls(method: Method): number;
}

const METHODS = ['get', 'lease', 'fill', 'delete', 'deleteMatching', 'ping', 'info'] as const;

export function createChaosStore(inner: CacheStore): ChaosStore {
  const moods = new Map<Method, Mood>();
  const counts = new Map<Method, number>();
  const unanswered: (() => Promise<unknown>)[] = [];

  function wrap<M extends Method>(method: M): CacheStore[M] {
    const call = async (...args: unknown[]): Promise<unknown> => {
      counts.set(method, (counts.get(method) ?? 0) + 1);
      const run = () => (inner[method] as (...args: unknown[]) => Promise<unknown>)(...args);
      const mood = moods.get(method) ?? 'well';
      if (mood === 'failing') throw new Error(`chaos: ${method} fails`);
      if (mood === 'well') return run();
      unanswered.push(run);
      return new Promise(() => {});
    };
    return call as CacheStore[M];
  }

  const setAll = (methods: readonly Method[], mood: Mood) => {
    for (const method of methods.length > 0 ? methods : METHODS) moods.set(method, mood);
  };
  return {
    store: {
      get: wrap('get'),
      lease: wrap('lease'),
      fill: wrap('fill'),
      delete: wrap('delete'),
      deleteMatching: wrap('deleteMatching'),
      ping: wrap('ping'),
      info: wrap('info'),
      close: () => inner.close(),
    },
    fail: (...methods) => setAll(methods, 'failing'),
    silence: (...methods) => setAll(methods, 'silent'),
    heal: () => moods.clear(),
    async runLate() {
      for (const run of unanswered.splice(0)) await run();
    },
    calls: (method) => counts.get(method) ?? 0,
  };
}

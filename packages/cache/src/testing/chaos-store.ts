import type { CacheStore } from '../protocol/store.ts';

const METHODS = [
  'read',
  'lease',
  'extend',
  'release',
  'fill',
  'leaseRefresh',
  'discard',
  'fence',
  'lift',
  'invalidate',
  'invalidateMatching',
  'ping',
  'info',
] as const satisfies readonly (keyof CacheStore)[];
type Method = (typeof METHODS)[number];
type Mood = 'well' | 'failing' | 'silent';

/** A store that fails, or falls silent, on command. */
export interface ChaosStore {
  store: CacheStore;
  /** These methods reject from now on; all of them when none is named. */
  fail(...methods: Method[]): void;
  /** These methods never answer from now on; all of them when none is named. */
  silence(...methods: Method[]): void;
  /** Every method works again. Calls that were left unanswered stay so. */
  heal(): void;
  /** Carries out the unanswered calls, late: as a client library does that sends them again. */
  runLate(): Promise<void>;
  /** How often a method was called, well or badly. */
  calls(method: Method): number;
  /** Calls the listeners of `onReplaced`. */
  replace(): void;
}

export function createChaosStore(inner: CacheStore): ChaosStore {
  const moods = new Map<Method, Mood>();
  const counts = new Map<Method, number>();
  const unanswered: (() => Promise<unknown>)[] = [];
  const replaced = new Set<() => void>();

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

  const wrapped = Object.fromEntries(METHODS.map((method) => [method, wrap(method)]));
  const setAll = (methods: readonly Method[], mood: Mood) => {
    for (const method of methods.length > 0 ? methods : METHODS) moods.set(method, mood);
  };
  return {
    store: {
      ...(wrapped as unknown as Pick<CacheStore, Method>),
      now: () => inner.now(),
      onReplaced(listener) {
        const remove = inner.onReplaced(listener);
        replaced.add(listener);
        return () => {
          replaced.delete(listener);
          remove();
        };
      },
      close: () => inner.close(),
    },
    fail: (...methods) => setAll(methods, 'failing'),
    silence: (...methods) => setAll(methods, 'silent'),
    heal: () => moods.clear(),
    async runLate() {
      for (const run of unanswered.splice(0)) await run();
    },
    calls: (method) => counts.get(method) ?? 0,
    replace() {
      for (const listener of replaced) listener();
    },
  };
}

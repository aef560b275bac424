/** Counts how many loads each expiry of an entry caused, in all processes together. */
export interface LoadCounter {
  /** One call of a loader. Times are milliseconds on one clock; calls may be added in any order. */
  add(key: string, startedAt: number, completedAt: number): void;
  report(): LoadReport;
}

export interface LoadReport {
  loads: number;
  expiries: number;
  /** 1 if each expiry caused one load; 0 if nothing was loaded. */
  loadsPerExpiry: number;
  /** The most loads that one expiry caused. */
  worst: number;
}

/**
 * @param ttlMs the entries' life, without its jitter: a load that begins within it after the first
 *   load of the key had completed is one too many
 */
export function createLoadCounter(ttlMs: number): LoadCounter {
  const calls = new Map<string, { startedAt: number; completedAt: number }[]>();

  return {
    add(key, startedAt, completedAt) {
      const list = calls.get(key);
      if (list) list.push({ startedAt, completedAt });
      else calls.set(key, [{ startedAt, completedAt }]);
    },
    report() {
      let loads = 0;
      let expiries = 0;
      let worst = 0;
      for (const list of calls.values()) {
        list.sort((a, b) => a.startedAt - b.startedAt);
        loads += list.length;
        let freshUntil = -Infinity;
        let inThisExpiry = 0;
        for (const { startedAt, completedAt } of list) {
          if (startedAt >= freshUntil) {
            expiries += 1;
            inThisExpiry = 0;
            freshUntil = completedAt + ttlMs;
          }
          inThisExpiry += 1;
          worst = Math.max(worst, inThisExpiry);
        }
      }
      return { loads, expiries, loadsPerExpiry: expiries === 0 ? 0 : loads / expiries, worst };
    },
  };
}

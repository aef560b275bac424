import { createFloors, type Floors, type Step } from './floors.ts';
import type { ReadOperation, WriteBegin, WriteOperation } from './history.ts';

/** The writes of one entity, as far as they are known, and the versions that a read of it may have seen. */
export interface Register {
  begin(write: WriteBegin): void;
  end(write: WriteOperation): void;
  /** A version was read, so its write has committed, even if its writer got an error. */
  sighted(version: number, at: number): void;
  acknowledged: Floors;
  committed: Floors;
  /**
   * The highest version, at least, that a read has seen when it was not older than `floor`; `undefined`
   * if its version is older.
   */
  versionSeen(read: ReadOperation, floor: number): number | undefined;
  /** The earliest of these steps that a read had not seen. */
  missed(steps: Floors, read: ReadOperation): Step | undefined;
}

/** How many versions after a floor are searched for one in which the entity is absent. */
const MAX_LOOK_AHEAD = 1000;

/** @param isAbsent whether the entity does not exist in a version */
export function createRegister(isAbsent: (version: number) => boolean): Register {
  const acknowledged = createFloors();
  const committed = createFloors();
  /** When the write of an absent version began. */
  const absentSince = new Map<number, number>();
  const pending = new Map<string, number>();
  let unknownSince = Infinity;

  function commit(at: number, version: number): void {
    committed.add(at, version);
  }

  function nextAbsent(floor: number): number | undefined {
    for (let version = floor; version <= floor + MAX_LOOK_AHEAD; version += 1) {
      if (isAbsent(version)) return version;
    }
    return undefined;
  }

  function mayBeAbsent(floor: number, by: number): boolean {
    const version = nextAbsent(floor);
    if (version === undefined) return false;
    if (version === floor) return true;
    const since = absentSince.get(version);
    if (since !== undefined) return since < by;
    // No write has reported that version yet: only a write without a known version can have made it.
    if (unknownSince < by) return true;
    for (const invokedAt of pending.values()) if (invokedAt < by) return true;
    return false;
  }

  return {
    acknowledged,
    committed,
    begin: ({ id, invokedAt }) => void pending.set(id, invokedAt),
    end({ id, outcome, version, invokedAt, committedAt, completedAt }) {
      pending.delete(id);
      if (outcome === 'failed') return;
      if (version === undefined) unknownSince = Math.min(unknownSince, invokedAt);
      else if (isAbsent(version)) remember(absentSince, version, invokedAt);
      if (version === undefined) return;
      if (outcome === 'acknowledged') acknowledged.add(completedAt, version);
      if (committedAt !== undefined) commit(committedAt, version);
      else if (outcome === 'acknowledged') commit(completedAt, version);
    },
    sighted: (version, at) => commit(at, version),
    versionSeen({ version, completedAt }, floor) {
      if (version !== null) return version >= floor ? version : undefined;
      return mayBeAbsent(floor, completedAt) ? nextAbsent(floor) : undefined;
    },
    missed(steps, { version, invokedAt }) {
      const floor = steps.before(invokedAt);
      if (!floor) return undefined;
      // An absence is compared with the newest one before the floor: the least it can have missed.
      let seen = version;
      for (let older = floor.version - 1; seen === null; older -= 1) {
        if (older < 0 || isAbsent(older)) seen = older;
      }
      const step = steps.firstAbove(seen);
      return step && step.time < invokedAt ? step : undefined;
    },
  };
}

const MAX_ABSENCES = 1024;

function remember(absences: Map<number, number>, version: number, since: number): void {
  absences.set(version, since);
  if (absences.size > MAX_ABSENCES) absences.delete(absences.keys().next().value!);
}

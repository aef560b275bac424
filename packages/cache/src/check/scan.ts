import type { FaultWindow, Operation, ReadOperation, WriteBegin } from './history.ts';
import { createRegister, type Register } from './register.ts';
import { createSessions } from './sessions.ts';
import { createWindows } from './windows.ts';

/**
 * Finds every stale read of a history in one pass: the highest version acknowledged before a read
 * was invoked, against the version that it saw. Single registers with numbered versions need no
 * search over possible orders.
 *
 * Operations may be added in any order. `advance` judges the reads up to a time by which all
 * operations that completed earlier have been added, and drops them, so that a history of any
 * length fits into memory.
 *
 * @example
 * const scan = createScan();
 * scan.add({ kind: 'write', id: 'w1', entity: 'post:1', outcome: 'acknowledged', version: 1, invokedAt: 0, completedAt: 5 });
 * scan.add({ kind: 'read', session: 's', process: 'a', entity: 'post:1', form: 'entity', version: 0, invokedAt: 6, completedAt: 7 });
 * scan.advance(Infinity);
 * scan.report().stale // 1
 */
export interface Scan {
  begin(write: WriteBegin): void;
  add(operation: Operation): void;
  /** The object is read again at every judgement: set `healedAt` when the fault is over. */
  addWindow(window: FaultWindow): void;
  /** Judges all reads that completed before `time`. */
  advance(time: number): void;
  report(): ScanReport;
}

export interface ScanOptions {
  /** A read counts as racy if it was invoked so soon after an acknowledged write of its entity. Default 50. */
  raceWindowMs?: number;
  /** How long staleness may last under a fault. Default 10,000. */
  boundMs?: number;
  /** Whether the entity does not exist in a version. Default: it always exists. */
  isAbsent?: (version: number) => boolean;
  /** Called for each stale or backward read. */
  onFinding?: (finding: Finding) => void;
}

export interface Finding {
  kind: 'stale' | 'backward' | 'beyond-bound';
  read: ReadOperation;
  /** The version that the read should have seen at least. */
  expected: number;
  /** How long before the read this version was acknowledged; or seen, for `backward`. */
  ageMs: number;
  /** The fault window that allows it, if any. */
  window?: string;
}

export interface ScanReport {
  reads: number;
  /** Reads within the race window. Only these count as evidence. */
  racyReads: number;
  acknowledged: number;
  failed: number;
  unknown: number;
  /** Reads older than an acknowledged write. */
  stale: number;
  /** Those of them that no fault window allows. */
  staleOutside: number;
  /** Reads of a session that saw an older version than an earlier read of it. */
  backward: number;
  backwardOutside: number;
  /** Reads older than a commit, acknowledged or not yet. */
  behind: number;
  /** Those of them that were behind for longer than the bound. */
  beyondBound: number;
  /** From the acknowledgement to the invocation of the stale read. */
  longestStaleMs: number;
  /** From the commit, or the healing of a fault that cut off everything, to the invocation. */
  longestBehindMs: number;
}

export function createScan(options: ScanOptions = {}): Scan {
  const { raceWindowMs = 50, boundMs = 10_000, isAbsent = () => false, onFinding } = options;
  const registers = new Map<string, Register>();
  const sessions = createSessions();
  const windows = createWindows(boundMs);
  const report = emptyReport();
  let waiting: ReadOperation[] = [];

  function registerOf(entity: string): Register {
    let register = registers.get(entity);
    if (!register) registers.set(entity, (register = createRegister(isAbsent)));
    return register;
  }

  function find(finding: Omit<Finding, 'window'>, window: FaultWindow | undefined): void {
    onFinding?.(window ? { ...finding, window: window.name } : finding);
  }

  function judgeStale(read: ReadOperation, register: Register): void {
    const floor = register.acknowledged.before(read.invokedAt);
    if (!floor) return;
    if (read.invokedAt - floor.time <= raceWindowMs) report.racyReads += 1;
    if (register.versionSeen(read, floor.version) !== undefined) return;
    const missed = register.missed(register.acknowledged, read) ?? floor;
    const committed = register.missed(register.committed, read) ?? missed;
    const ageMs = read.invokedAt - missed.time;
    const window = windows.allowing(committed.time, read.invokedAt);
    report.stale += 1;
    report.longestStaleMs = Math.max(report.longestStaleMs, ageMs);
    if (!window) report.staleOutside += 1;
    find({ kind: 'stale', read, expected: floor.version, ageMs }, window);
  }

  function judgeBound(read: ReadOperation, register: Register): void {
    const floor = register.committed.before(read.invokedAt);
    if (!floor || register.versionSeen(read, floor.version) !== undefined) return;
    const missed = register.missed(register.committed, read) ?? floor;
    const ageMs = windows.behindMs(missed.time, read.invokedAt);
    report.behind += 1;
    report.longestBehindMs = Math.max(report.longestBehindMs, ageMs);
    if (ageMs <= boundMs) return;
    report.beyondBound += 1;
    find({ kind: 'beyond-bound', read, expected: floor.version, ageMs }, undefined);
  }

  function judgeSession(read: ReadOperation, register: Register): void {
    const floor = sessions.lastSeen(read);
    const seen = register.versionSeen(read, floor?.version ?? 0);
    if (seen !== undefined) return sessions.saw(read, seen);
    if (!floor) return undefined;
    report.backward += 1;
    const window = windows.allowing(floor.time, read.invokedAt);
    if (!window) report.backwardOutside += 1;
    const ageMs = read.invokedAt - floor.time;
    return find({ kind: 'backward', read, expected: floor.version, ageMs }, window);
  }

  function judge(read: ReadOperation): void {
    const register = registerOf(read.entity);
    report.reads += 1;
    judgeStale(read, register);
    judgeBound(read, register);
    judgeSession(read, register);
  }

  return {
    begin: (write) => registerOf(write.entity).begin(write),
    add(operation) {
      const register = registerOf(operation.entity);
      if (operation.kind === 'write') {
        report[operation.outcome] += 1;
        register.end(operation);
        return;
      }
      waiting.push(operation);
      if (operation.version !== null) register.sighted(operation.version, operation.completedAt);
    },
    addWindow: (window) => windows.add(window),
    advance(time) {
      const later: ReadOperation[] = [];
      for (const read of waiting) {
        if (read.completedAt < time) judge(read);
        else later.push(read);
      }
      waiting = later;
    },
    report: () => ({ ...report }),
  };
}

function emptyReport(): ScanReport {
  return {
    reads: 0,
    racyReads: 0,
    acknowledged: 0,
    failed: 0,
    unknown: 0,
    stale: 0,
    staleOutside: 0,
    backward: 0,
    backwardOutside: 0,
    behind: 0,
    beyondBound: 0,
    longestStaleMs: 0,
    longestBehindMs: 0,
  };
}

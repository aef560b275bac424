import { describe, expect, it } from 'vitest';

import type { FaultWindow, ReadOperation, WriteOperation } from './history.ts';
import { createScan, type Finding, type ScanOptions } from './scan.ts';

function write(version: number, at: number, more: Partial<WriteOperation> = {}): WriteOperation {
  const id = `write ${version} at ${at}`;
  const times = { invokedAt: at - 5, completedAt: at };
  return { kind: 'write', id, entity: 'e', outcome: 'acknowledged', version, ...times, ...more };
}

function read(
  version: number | null,
  at: number,
  more: Partial<ReadOperation> = {},
): ReadOperation {
  const times = { invokedAt: at, completedAt: at + 1 };
  const who = { session: `s${at}`, process: 'a', entity: 'e', form: 'entity' };
  return { kind: 'read', version, ...who, ...times, ...more };
}

function judge(operations: (ReadOperation | WriteOperation)[], options: ScanOptions = {}) {
  const findings: Finding[] = [];
  const scan = createScan({ ...options, onFinding: (finding) => findings.push(finding) });
  for (const operation of operations) scan.add(operation);
  scan.advance(Infinity);
  return { ...scan.report(), findings };
}

describe('stale reads', () => {
  it('finds a read that began after the acknowledgement of a newer version', () => {
    const { stale, staleOutside, longestStaleMs, findings } = judge([write(1, 10), read(0, 15)]);
    expect({ stale, staleOutside, longestStaleMs }).toEqual({
      stale: 1,
      staleOutside: 1,
      longestStaleMs: 5,
    });
    expect(findings[0]).toMatchObject({ kind: 'stale', expected: 1, ageMs: 5 });
  });

  it('passes a read that began before the acknowledgement, however late it ended', () => {
    expect(judge([write(1, 10), read(0, 9, { completedAt: 99 })]).stale).toBe(0);
  });

  it('passes a read of a newer version than the acknowledged one', () => {
    expect(judge([write(1, 10), read(2, 15)]).stale).toBe(0);
  });

  it('compares with the highest acknowledged version when acknowledgements cross', () => {
    expect(judge([write(2, 10), write(1, 12), read(1, 15)]).stale).toBe(1);
  });

  it('measures from the first acknowledgement that the read had missed', () => {
    const history = [write(1, 10), write(2, 20), write(3, 30), read(1, 35)];
    expect(judge(history).longestStaleMs).toBe(15);
  });

  it('keeps entities apart', () => {
    expect(judge([write(1, 10, { entity: 'other' }), read(0, 15)]).stale).toBe(0);
  });

  it.each(['failed', 'unknown'] as const)('lets a %s write count neither way', (outcome) => {
    const lost = write(1, 10, { outcome });
    expect(judge([lost, read(0, 15)]).stale).toBe(0);
    expect(judge([lost, read(1, 15)]).stale).toBe(0);
  });

  it('judges operations added in any order', () => {
    const history = [read(0, 25), write(1, 10), read(1, 12), write(2, 20)];
    expect(judge(history).stale).toBe(1);
  });
});

describe('racy reads', () => {
  it('are those within 50 ms after an acknowledgement of the same entity', () => {
    const other = { entity: 'other' };
    const reads = [read(0, 5), read(1, 11), read(1, 60), read(1, 61), read(0, 11, other)];
    const { reads: all, racyReads } = judge([write(1, 10), ...reads]);
    expect({ all, racyReads }).toEqual({ all: 5, racyReads: 2 });
  });
});

const isAbsent = (version: number) => version % 3 === 2;

describe('absent entities', () => {
  it('passes an absence that the newest acknowledged version brought', () => {
    expect(judge([write(2, 10), read(null, 15)], { isAbsent }).stale).toBe(0);
  });

  it('finds an absence that an acknowledged version had ended', () => {
    const history = [write(2, 10), write(3, 20), read(null, 25)];
    const { stale, longestStaleMs } = judge(history, { isAbsent });
    expect({ stale, longestStaleMs }).toEqual({ stale: 1, longestStaleMs: 5 });
  });

  it('finds a value that an acknowledged deletion had removed', () => {
    expect(judge([write(2, 10), read(1, 15)], { isAbsent }).stale).toBe(1);
  });

  it('passes an absence that a write under way may have brought', () => {
    const underWay = write(5, 90, { invokedAt: 20 });
    expect(judge([write(3, 10), underWay, read(null, 25)], { isAbsent }).stale).toBe(0);
    const later = write(5, 90, { invokedAt: 50 });
    expect(judge([write(3, 10), later, read(null, 25)], { isAbsent }).stale).toBe(1);
  });

  it('passes an absence that a writer without a trace of its end may have brought', () => {
    const scan = createScan({ isAbsent });
    scan.add(write(3, 10));
    scan.begin({ id: 'killed', entity: 'e', invokedAt: 20 });
    scan.add(read(null, 25));
    scan.advance(Infinity);
    expect(scan.report().stale).toBe(0);
  });
});

describe('sessions', () => {
  it('finds a read older than an earlier one of its session, acknowledged or not', () => {
    const one = { session: 'one' };
    expect(judge([read(3, 10, one), read(2, 20, one)])).toMatchObject({
      backward: 1,
      backwardOutside: 1,
      stale: 0,
    });
  });

  it('lets sessions differ', () => {
    expect(judge([read(3, 10, { session: 'one' }), read(2, 20, { session: 'two' })]).backward).toBe(
      0,
    );
  });
});

const fault = (more: Partial<FaultWindow>): FaultWindow => ({
  name: 'fault',
  startedAt: 100,
  healedAt: 200,
  reach: 'some',
  staleAllowed: true,
  ...more,
});

function judgeWith(window: FaultWindow, operations: (ReadOperation | WriteOperation)[]) {
  const findings: Finding[] = [];
  const onFinding = (finding: Finding) => void findings.push(finding);
  const scan = createScan({ boundMs: 50, onFinding });
  scan.addWindow(window);
  for (const operation of operations) scan.add(operation);
  scan.advance(Infinity);
  return { ...scan.report(), findings };
}

describe('fault windows', () => {
  it('allows a stale read within the bound of the commit, and names the window', () => {
    const result = judgeWith(fault({}), [write(1, 110), read(0, 150)]);
    expect(result).toMatchObject({
      stale: 1,
      staleOutside: 0,
      beyondBound: 0,
      longestBehindMs: 40,
    });
    expect(result.findings[0]?.window).toBe('fault');
  });

  it('allows none beyond the bound of the commit while a process reached both', () => {
    const result = judgeWith(fault({}), [write(1, 110), read(0, 170)]);
    expect(result).toMatchObject({ staleOutside: 1, beyondBound: 1 });
  });

  it('counts the bound from the healing when no process reached both', () => {
    const cut = fault({ reach: 'none' });
    const history = [write(1, 110), read(0, 190), read(0, 240)];
    expect(judgeWith(cut, history)).toMatchObject({ staleOutside: 0, longestBehindMs: 40 });
    expect(judgeWith(cut, [write(1, 110), read(0, 260)])).toMatchObject({ staleOutside: 1 });
  });

  it('allows nothing before the fault', () => {
    expect(judgeWith(fault({}), [write(1, 80), read(0, 90)]).staleOutside).toBe(1);
  });

  it('allows nothing in a window of strict mode', () => {
    const strict = fault({ staleAllowed: false });
    expect(judgeWith(strict, [write(1, 110), read(0, 120)]).staleOutside).toBe(1);
  });

  it('bounds a write that was never acknowledged, from its commit', () => {
    const killed = write(1, 110, { outcome: 'unknown', committedAt: 108 });
    const result = judgeWith(fault({}), [killed, read(0, 170)]);
    expect(result).toMatchObject({ stale: 0, beyondBound: 1, longestBehindMs: 62 });
  });

  it('takes a version that was read for committed', () => {
    const result = judgeWith(fault({}), [read(1, 110), read(0, 180)]);
    expect(result).toMatchObject({ beyondBound: 1, longestBehindMs: 69 });
  });
});

describe('advance', () => {
  it('judges only operations completed before its time, and each read once', () => {
    const scan = createScan();
    scan.add(write(1, 10));
    scan.add(read(0, 15));
    scan.add(read(0, 30));
    scan.advance(20);
    expect(scan.report()).toMatchObject({ reads: 1, stale: 1 });
    scan.advance(Infinity);
    expect(scan.report()).toMatchObject({ reads: 2, stale: 2 });
  });
});

import {
  createLoadCounter,
  createScan,
  type FaultWindow,
  type Finding,
  type LoadReport,
  type ScanReport,
} from '@relay/cache/check';

import { now } from './clock.ts';
import type { FromPod, WriteEnd } from './messages.ts';
import { unpackReads } from './read-records.ts';
import { entityName, groupName, isAbsent } from './registers.ts';

/** Collects the reports of all pods of one scenario, and judges them as they arrive. */
export interface Recorder {
  receive(pod: string, message: FromPod): void;
  /** A pod that ended sends nothing more: its silence holds nothing up. */
  dropPod(pod: string): void;
  openWindow(window: Omit<FaultWindow, 'startedAt' | 'healedAt'>): FaultWindow;
  /** Judges the remaining operations. Call it when all pods have reported. */
  judgeAll(): ScanReport;
  /** The result so far. */
  report(): ScanReport;
  record(): Record;
}

export interface Record {
  scan: ScanReport;
  loads: LoadReport;
  /** The first findings that no fault window allows, in words. */
  findings: readonly string[];
  /** The highest acknowledged version of each register. */
  acknowledged: ReadonlyMap<string, number>;
  /** Failed operations by their reason. */
  failures: ReadonlyMap<string, number>;
}

const MAX_FINDINGS = 20;

export function createRecorder(options: { boundMs: number; ttlMs: number }): Recorder {
  const findings: string[] = [];
  const acknowledged = new Map<string, number>();
  const failures = new Map<string, number>();
  const marks = new Map<string, number>();
  const loads = createLoadCounter(options.ttlMs);
  const scan = createScan({ boundMs: options.boundMs, isAbsent, onFinding });

  function onFinding(finding: Finding): void {
    if (finding.window === undefined && findings.length < MAX_FINDINGS) {
      findings.push(describe(finding));
    }
  }

  function count(reason: string): void {
    failures.set(reason, (failures.get(reason) ?? 0) + 1);
  }

  function end(write: WriteEnd): void {
    const { id, outcome, invokedAt, committedAt, completedAt } = write;
    const sides = [
      { entity: entityName(write.entity), version: write.entityVersion },
      { entity: groupName(write.group), version: write.groupVersion },
    ];
    if (write.reason !== undefined) count(`${outcome} write: ${write.reason}`);
    for (const { entity, version } of sides) {
      const times = { invokedAt, completedAt, ...(committedAt !== undefined && { committedAt }) };
      const made = version === undefined ? {} : { version };
      scan.add({ kind: 'write', id, entity, outcome, ...made, ...times });
      if (outcome !== 'acknowledged') continue;
      acknowledged.set(entity, Math.max(acknowledged.get(entity) ?? 0, version!));
    }
  }

  function addReads(pod: string, values: Float64Array): void {
    for (const { form, id, session, ...read } of unpackReads(values)) {
      const isGroup = form === 'list' || form === 'tag';
      const entity = isGroup ? groupName(id) : entityName(id);
      scan.add({ kind: 'read', session: `${pod}/${session}`, process: pod, entity, form, ...read });
    }
  }

  function mark(pod: string, at: number): void {
    marks.set(pod, at);
    scan.advance(Math.min(...marks.values()));
  }

  return {
    receive(pod, message) {
      if (message.type === 'begin') {
        const { id, invokedAt } = message;
        scan.begin({ id, entity: entityName(message.entity), invokedAt });
        scan.begin({ id, entity: groupName(message.group), invokedAt });
      } else if (message.type === 'end') end(message);
      else if (message.type === 'reads') addReads(pod, message.values);
      else if (message.type === 'load') {
        loads.add(message.key, message.startedAt, message.completedAt);
      } else if (message.type === 'mark') mark(pod, message.at);
      else if (message.type === 'log') count(message.text);
    },
    dropPod: (pod) => void marks.delete(pod),
    openWindow(window) {
      const opened: FaultWindow = { ...window, startedAt: now(), healedAt: Infinity };
      scan.addWindow(opened);
      return opened;
    },
    judgeAll() {
      scan.advance(Infinity);
      return scan.report();
    },
    report: () => scan.report(),
    record: () => ({
      scan: scan.report(),
      loads: loads.report(),
      findings,
      acknowledged,
      failures,
    }),
  };
}

function describe({ kind, read, expected, ageMs, window }: Finding): string {
  const { form, entity, version, process: pod, invokedAt } = read;
  const seen = version === null ? 'absent' : `version ${version}`;
  const where = window === undefined ? '' : ` (${window})`;
  return `${kind}: ${entity} as ${form} in ${pod} at ${invokedAt.toFixed(1)}: ${seen} instead of ${expected}, ${ageMs.toFixed(1)} ms late${where}`;
}

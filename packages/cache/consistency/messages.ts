import type { Form, Registers } from './registers.ts';

/** Messages to a pod. It answers a request with `done` and the number of the `call`. */
export type ToPod = { call: number } & (
  | { type: 'configure'; settings: PodSettings }
  | { type: 'peers'; ports: readonly number[] }
  | { type: 'start'; load: Load }
  | { type: 'stop' }
  /** Reads every register once, in every form. */
  | { type: 'sweep' }
  | { type: 'arm'; point: CrashPoint; action: CrashAction }
  /** Makes one write. */
  | { type: 'write' }
  /** Sets how long the pod's transactions wait before their commit. */
  | { type: 'slow-commits'; ms: number }
  | { type: 'pause-outbox'; isPaused: boolean }
);

export interface PodSettings {
  name: string;
  seed: number;
  databaseUrl: string;
  redis: { port: number } | { clusterPorts: readonly number[] };
  consistency: Consistency;
  /** `0.1`: a pod of the version before leases had stamps and writes had fences. */
  version: 'current' | '0.1';
  bug: Bug | undefined;
  registers: Registers;
  ttlSeconds: number;
  fenceMs: number;
  operationTimeoutMs: number;
  /** The in-process tier: how long it keeps entities, and the share of bus messages that get lost. */
  local: { ttlSeconds: number; messageLoss: number } | undefined;
  /** The forms that are read. Version 0.1 has no tags. */
  forms: readonly Form[];
  /** The chance that a load takes up to 40 ms longer, after it has read the database. */
  slowLoads: number;
  /** Whether each call of a loader is reported. */
  countLoads: boolean;
}

export interface Load {
  readers: number;
  writers: number;
  /** The mean pause of a writer between two writes. */
  writePauseMs: number;
}

export type Consistency = 'available' | 'strict';

/** Between which steps of a write the process dies or is stopped. */
export const CRASH_POINTS = [
  'before-fence',
  'before-commit',
  'commit-sent',
  'after-commit',
  'after-lift',
  'before-mark',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];
export type CrashAction = 'SIGKILL' | 'SIGSTOP';

/** The mistakes that the checker must find. */
export const BUGS = [
  'no-token',
  'delete-before-commit',
  'swallowed-error',
  'restarting-counter',
  'no-generation',
  'id-cursor',
] as const;
export type Bug = (typeof BUGS)[number];

/** Messages from a pod. */
export type FromPod =
  | { type: 'ready'; ackPort: number }
  | { type: 'done'; call: number; error?: string }
  | { type: 'begin'; id: string; entity: number; group: number; invokedAt: number }
  | ({ type: 'end' } & WriteEnd)
  /** `READ_FIELDS` numbers for each read. */
  | { type: 'reads'; values: Float64Array }
  | { type: 'load'; key: string; startedAt: number; completedAt: number }
  /** Everything that completed before has been sent. */
  | { type: 'mark'; at: number }
  | { type: 'log'; text: string };

export interface WriteEnd {
  id: string;
  entity: number;
  group: number;
  outcome: 'acknowledged' | 'failed' | 'unknown';
  entityVersion: number | undefined;
  groupVersion: number | undefined;
  invokedAt: number;
  committedAt: number | undefined;
  completedAt: number;
  /** Why, unless acknowledged. */
  reason: string | undefined;
}

/** form, id, version (-1: absent), session, invokedAt, completedAt. */
export const READ_FIELDS = 6;

export interface ReadRecord {
  form: Form;
  id: number;
  version: number | null;
  session: number;
  invokedAt: number;
  completedAt: number;
}

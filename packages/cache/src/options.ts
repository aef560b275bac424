import type { CacheOptions, InvalidationBus } from './api.ts';
import { CacheUsageError } from './errors.ts';
import { key, type KeyDefinition } from './keys/define-keys.ts';
import type { CacheListener } from './observe/events.ts';
import type { CacheTracing } from './observe/tracing.ts';
import {
  assertNoProblems,
  isObject,
  rangeProblems,
  show,
  timerMs,
  unknownOptionProblems,
  type Range,
} from './option-ranges.ts';
import type { Outbox } from './protocol/outbox.ts';
import type { CacheStore } from './protocol/store.ts';

/** `CacheOptions`, checked and with their defaults. */
export interface ResolvedOptions<Tx = never> {
  readonly store: CacheStore;
  readonly definitions: readonly KeyDefinition[];
  readonly listeners: readonly CacheListener[];
  readonly tracing: CacheTracing | undefined;
  readonly outbox: Outbox<Tx> | undefined;
  readonly consistency: 'available' | 'strict';
  readonly bus: InvalidationBus | undefined;
  readonly localMaxBytes: number;
  readonly operationTimeoutMs: number;
  readonly patternTimeoutMs: number;
  readonly leaseMs: number;
  readonly fenceMs: number;
  readonly failureThreshold: number;
  readonly retryMs: number;
  readonly maxPendingInvalidations: number;
  readonly originConcurrency: number;
  readonly originQueue: number;
}

const count = (min: number): Range => ({ min, max: 10_000_000, integer: true });

const RANGES = {
  localMaxBytes: { min: 0, max: 2 ** 40, integer: true },
  operationTimeoutMs: timerMs(1),
  patternTimeoutMs: timerMs(1),
  leaseMs: timerMs(1),
  fenceMs: timerMs(1),
  failureThreshold: count(1),
  retryMs: timerMs(1),
  maxPendingInvalidations: count(0),
  originConcurrency: count(1),
  originQueue: count(0),
} satisfies Partial<Record<keyof CacheOptions, Range>>;

// Typed as complete lists: a method that a contract gains cannot be left out here.
const STORE_METHODS = Object.keys({
  read: 1,
  lease: 1,
  extend: 1,
  release: 1,
  fill: 1,
  leaseRefresh: 1,
  discard: 1,
  fence: 1,
  lift: 1,
  invalidate: 1,
  invalidateMatching: 1,
  ping: 1,
  info: 1,
  now: 1,
  onReplaced: 1,
  close: 1,
} satisfies Record<keyof CacheStore, 1>);
const OUTBOX_METHODS = Object.keys({
  append: 1,
  markApplied: 1,
  mayHaveCommitted: 1,
  start: 1,
  replay: 1,
  close: 1,
} satisfies Record<keyof Outbox<never>, 1>);
const BUS_METHODS = Object.keys({
  publish: 1,
  subscribe: 1,
  close: 1,
} satisfies Record<keyof InvalidationBus, 1>);

const KNOWN = new Set([
  ...Object.keys(RANGES),
  'store',
  'keys',
  'listeners',
  'tracing',
  'outbox',
  'consistency',
  'bus',
]);

/** @throws CacheUsageError that lists every wrong option, with its allowed values */
export function resolveOptions<Tx>(options: CacheOptions<Tx>): ResolvedOptions<Tx> {
  const { definitions, problems } = inspect(options);
  assertNoProblems('createCache', problems);
  const { store, operationTimeoutMs = 250, fenceMs = 10_000 } = options;
  return {
    store,
    definitions,
    listeners: options.listeners ?? [],
    tracing: options.tracing,
    outbox: options.outbox,
    consistency: options.consistency ?? 'available',
    bus: options.bus,
    localMaxBytes: options.localMaxBytes ?? 32 * 1024 * 1024,
    operationTimeoutMs,
    patternTimeoutMs: options.patternTimeoutMs ?? 5000,
    leaseMs: options.leaseMs ?? 2000,
    fenceMs,
    failureThreshold: options.failureThreshold ?? 5,
    retryMs: options.retryMs ?? 500,
    maxPendingInvalidations: options.maxPendingInvalidations ?? 10_000,
    originConcurrency: options.originConcurrency ?? 32,
    originQueue: options.originQueue ?? 1000,
  };
}

function inspect(options: unknown): { definitions: KeyDefinition[]; problems: string[] } {
  if (!isObject(options)) {
    return { definitions: [], problems: [`the options must be an object, got ${show(options)}`] };
  }
  const { definitions, problems } = readKeys(options['keys']);
  return {
    definitions,
    problems: [
      ...methodProblems('store', options['store'], STORE_METHODS),
      ...problems,
      ...unknownOptionProblems(options, KNOWN),
      ...rangeProblems(options, RANGES),
      ...shapeProblems(options),
      ...jointProblems(options),
      ...localTierProblems(options, definitions),
    ],
  };
}

/** Either the result of `defineKeys`, or templates. */
function readKeys(keys: unknown): { definitions: KeyDefinition[]; problems: string[] } {
  if (!isObject(keys)) {
    const problem = `keys must be the result of defineKeys, or a list of templates, got ${show(keys)}`;
    return { definitions: [], problems: [problem] };
  }
  const definitions = new Map<string, KeyDefinition>();
  const problems: string[] = [];
  for (const [name, declared] of Object.entries(keys)) {
    try {
      const definition = asDefinition(name, declared);
      const { template } = definition;
      if (definitions.has(template)) problems.push(`the template "${template}" is declared twice`);
      definitions.set(template, definition);
    } catch (error) {
      if (!(error instanceof CacheUsageError)) throw error;
      problems.push(error.message);
    }
  }
  return { definitions: [...definitions.values()], problems };
}

function asDefinition(name: string, declared: unknown): KeyDefinition {
  if (typeof declared === 'string') return key<string>(declared);
  if (typeof declared === 'function' && 'policy' in declared) return declared as KeyDefinition;
  throw new CacheUsageError(
    `keys.${name} must be a template or a definition, got ${show(declared)}`,
  );
}

function shapeProblems(options: Readonly<Record<string, unknown>>): string[] {
  const { listeners, tracing, outbox, bus, consistency } = options;
  const problems: string[] = [];
  if (listeners !== undefined && !isListOfFunctions(listeners)) {
    problems.push(`listeners must be a list of functions, got ${show(listeners)}`);
  }
  if (consistency !== undefined && consistency !== 'available' && consistency !== 'strict') {
    problems.push(`consistency must be "available" or "strict", got ${show(consistency)}`);
  }
  if (tracing !== undefined) problems.push(...methodProblems('tracing', tracing, ['span']));
  if (outbox !== undefined) problems.push(...methodProblems('outbox', outbox, OUTBOX_METHODS));
  if (bus !== undefined) problems.push(...methodProblems('bus', bus, BUS_METHODS));
  return problems;
}

/** Options that are right one by one and make no sense together. */
function jointProblems(options: Readonly<Record<string, unknown>>): string[] {
  const { consistency, outbox, fenceMs = 10_000, operationTimeoutMs = 250 } = options;
  const problems: string[] = [];
  if (consistency === 'strict' && outbox === undefined) {
    problems.push('consistency "strict" needs an outbox');
  }
  // A fence that may expire before its own placement is acknowledged protects no commit.
  if (Number(fenceMs) <= Number(operationTimeoutMs)) {
    problems.push('fenceMs must be greater than operationTimeoutMs');
  }
  return problems;
}

/** Without a bus there is no in-process tier, and the option would silently do nothing. */
function localTierProblems(
  { bus }: Readonly<Record<string, unknown>>,
  definitions: readonly KeyDefinition[],
): string[] {
  if (bus !== undefined) return [];
  return definitions
    .filter(({ policy }) => policy.localTtlMs > 0)
    .map(({ template }) => `the key "${template}" has localTtlSeconds, which needs a bus`);
}

function methodProblems(name: string, value: unknown, methods: readonly string[]): string[] {
  if (!isObject(value)) return [`${name} must be an object, got ${show(value)}`];
  const missing = methods.filter((method) => typeof value[method] !== 'function');
  return missing.length === 0 ? [] : [`${name} lacks ${missing.join(', ')}`];
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'function');
}

export { createCache } from './cache.ts';
export type {
  Cache,
  CacheHealth,
  CacheOptions,
  CacheRead,
  Invalidation,
  InvalidationBus,
  LoadRequest,
  Ref,
  Tag,
  WriteThrough,
} from './api.ts';

export { defineKeys, key } from './keys/define-keys.ts';
export type {
  CacheKey,
  DefinedKeys,
  KeyDeclarations,
  KeyDefinition,
  Params,
} from './keys/define-keys.ts';
export type { KeyOptions, LoadContext } from './keys/key-options.ts';
export type { EntryPolicy } from './keys/policy.ts';
export type { Param } from './keys/template.ts';

export type { Codec } from './codecs/codec.ts';
export type { Jsonified } from './codecs/jsonified.ts';

export {
  CacheLoadTimeoutError,
  CacheOutcomeUnknownError,
  CacheOverloadedError,
  CacheStoreError,
  CacheUsageError,
  CacheWriteRefusedError,
  type StoreFailure,
} from './errors.ts';

export type {
  BreakerState,
  CacheEvent,
  CacheListener,
  MutationOutcome,
  Operation,
  Outcome,
} from './observe/events.ts';
export type { CacheStats } from './observe/stats.ts';
export type { CacheTracing, SpanAttributes } from './observe/tracing.ts';

export type {
  CacheStore,
  Entry,
  EntryAddress,
  Lease,
  LeaseResult,
  NewValue,
  Removal,
  StoreInfo,
  Target,
} from './protocol/store.ts';
export type { Outbox, OutboxDispatch, OutboxRow, Transactor } from './protocol/outbox.ts';

export { createMemoryStore, type MemoryStoreOptions } from './stores/memory/store.ts';

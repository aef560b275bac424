import type { Contender, ContenderOptions } from './contender.ts';

/** The form of an answer. Ratios are to the raw ioredis of the same form. */
export type AnswerForm = 'bytes' | 'object';

export interface ContenderEntry {
  name: string;
  form: AnswerForm;
  /** Set on the rows that ratios are to: raw ioredis, and the bare `Map`. */
  baseline?: true;
  tiers: readonly ('redis' | 'local')[];
  /** Invalidates by tag, reference or group. */
  tags: boolean;
  /** A batch read of its own. */
  many: boolean;
  /** Our own library, which has deadlines by default. */
  ours?: true;
  /** Imported only in its own process, so that no library shares a heap with another. */
  create(options: ContenderOptions): Promise<Contender>;
}

export const CONTENDERS: readonly ContenderEntry[] = [
  {
    name: 'ioredis getBuffer',
    form: 'bytes',
    baseline: true,
    tiers: ['redis'],
    tags: false,
    many: true,
    create: async (options) =>
      (await import('./raw.ts')).createRaw(options, { bytes: true, autoPipelining: false }),
  },
  {
    name: 'ioredis getBuffer, auto-pipelining',
    form: 'bytes',
    tiers: ['redis'],
    tags: false,
    many: true,
    create: async (options) =>
      (await import('./raw.ts')).createRaw(options, { bytes: true, autoPipelining: true }),
  },
  {
    name: '@relay/cache getBytes',
    form: 'bytes',
    tiers: ['redis', 'local'],
    tags: true,
    many: false,
    ours: true,
    create: async (options) => (await import('./relay.ts')).createRelay(options, 'getBytes'),
  },
  {
    name: 'ioredis get, JSON.parse',
    form: 'object',
    baseline: true,
    tiers: ['redis'],
    tags: false,
    many: true,
    create: async (options) =>
      (await import('./raw.ts')).createRaw(options, { bytes: false, autoPipelining: false }),
  },
  {
    name: 'a bare Map',
    form: 'object',
    baseline: true,
    tiers: ['local'],
    tags: false,
    many: false,
    create: async (options) => (await import('./raw.ts')).createBareMap(options),
  },
  {
    name: '@relay/cache get',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: true,
    many: true,
    ours: true,
    create: async (options) => (await import('./relay.ts')).createRelay(options, 'get'),
  },
  {
    name: 'bentocache',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: true,
    many: false,
    create: async (options) => (await import('./bentocache.ts')).createBentocache(options),
  },
  {
    name: 'cache-manager, keyv',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: false,
    many: true,
    create: async (options) => (await import('./cache-manager.ts')).createCacheManager(options),
  },
  {
    name: 'async-cache-dedupe',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: true,
    many: false,
    create: async (options) =>
      (await import('./async-cache-dedupe.ts')).createAsyncCacheDedupe(options),
  },
  {
    name: 'layered-loader',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: true,
    many: true,
    create: async (options) => (await import('./layered-loader.ts')).createLayeredLoader(options),
  },
  {
    name: 'cachified',
    form: 'object',
    tiers: ['redis', 'local'],
    tags: false,
    many: true,
    create: async (options) => (await import('./cachified.ts')).createCachified(options),
  },
];

import type { Cache, CacheRead, Invalidation } from '../api.ts';
import type { CacheKey } from '../keys/define-keys.ts';
import type { CacheTracing, SpanAttributes } from './tracing.ts';

/** Wraps the calls of a cache in spans. */
export function traced<Tx>(
  cache: Cache<Tx>,
  tracing: CacheTracing,
  keys: { templateOf(key: string): string },
): Cache<Tx> {
  const attributesOf = (key: string | CacheKey) => ({
    'cache.key': typeof key === 'string' ? keys.templateOf(key) : key.template,
  });
  function readValue<T>(attributes: SpanAttributes, read: () => Promise<T>): Promise<T> {
    return tracing.span('cache.read', attributes, read, nothing);
  }
  const readBytes = (key: string | CacheKey, read: () => Promise<CacheRead>) =>
    tracing.span('cache.read', attributesOf(key), read, outcomeOf);
  const invalidate = (count: number, work: () => Promise<Invalidation>) =>
    tracing.span('cache.invalidate', { 'cache.targets': count }, work, statusOf);
  return {
    ...cache,
    get: (key) => readValue(attributesOf(key), () => cache.get(key)),
    cacheAside: (request) => readValue(attributesOf(request.key), () => cache.cacheAside(request)),
    getMany(definition, params) {
      const attributes = { 'cache.key': definition.template, 'cache.keys': params.length };
      return readValue(attributes, () => cache.getMany(definition, params));
    },
    getBytes: (key) => readBytes(key, () => cache.getBytes(key)),
    read: (request) => readBytes(request.key, () => cache.read(request)),
    mutate: (db, refs, work) =>
      tracing.span('cache.mutate', {}, () => cache.mutate(db, refs, work), nothing),
    invalidate: (...refs) => invalidate(refs.length, () => cache.invalidate(...refs)),
    invalidateCache: (...targets) =>
      invalidate(targets.length, () => cache.invalidateCache(...targets)),
  };
}

function nothing(): SpanAttributes {
  return {};
}

function outcomeOf({ outcome }: CacheRead): SpanAttributes {
  return { 'cache.outcome': outcome, 'cache.hit': outcome === 'hit' };
}

function statusOf({ status }: Invalidation): SpanAttributes {
  return { 'cache.status': status };
}

import type { Cache } from '../api.ts';
import type { CacheKey } from '../keys/define-keys.ts';
import type { CacheTracing } from './tracing.ts';

/** Wraps the calls of a cache in spans. */
export function traced<Tx>(
  cache: Cache<Tx>,
  tracing: CacheTracing,
  keys: { templateOf(key: string): string },
): Cache<Tx> {
  const attributesOf = (key: string | CacheKey) => ({
    'cache.key': typeof key === 'string' ? keys.templateOf(key) : key.template,
  });
  return {
    ...cache,
    get: (key) =>
      tracing.span(
        'cache.read',
        attributesOf(key),
        () => cache.get(key),
        () => ({}),
      ),
    getBytes: (key) =>
      tracing.span(
        'cache.read',
        attributesOf(key),
        () => cache.getBytes(key),
        ({ outcome }) => ({ 'cache.outcome': outcome, 'cache.hit': outcome === 'hit' }),
      ),
    getMany: (definition, params) =>
      tracing.span(
        'cache.read',
        { 'cache.key': definition.template, 'cache.keys': params.length },
        () => cache.getMany(definition, params),
        () => ({}),
      ),
    read: (request) =>
      tracing.span(
        'cache.read',
        attributesOf(request.key),
        () => cache.read(request),
        ({ outcome }) => ({ 'cache.outcome': outcome, 'cache.hit': outcome === 'hit' }),
      ),
    cacheAside: (request) =>
      tracing.span(
        'cache.read',
        attributesOf(request.key),
        () => cache.cacheAside(request),
        () => ({}),
      ),
    mutate: (db, refs, work) =>
      tracing.span(
        'cache.mutate',
        {},
        () => cache.mutate(db, refs, work),
        () => ({}),
      ),
    invalidate: (...refs) =>
      tracing.span(
        'cache.invalidate',
        { 'cache.targets': refs.length },
        () => cache.invalidate(...refs),
        ({ status }) => ({ 'cache.status': status }),
      ),
    invalidateCache: (...targets) =>
      tracing.span(
        'cache.invalidate',
        { 'cache.targets': targets.length },
        () => cache.invalidateCache(...targets),
        ({ status }) => ({ 'cache.status': status }),
      ),
  };
}

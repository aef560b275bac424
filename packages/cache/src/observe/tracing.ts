/**
 * How the cache reports its spans. `@relay/cache/opentelemetry` is the ready-made one; without
 * one, nothing is wrapped and nothing is paid.
 *
 * | span               | attributes                                                            |
 * | ------------------ | --------------------------------------------------------------------- |
 * | `cache.read`       | `cache.key` (the template); of bytes `cache.outcome` and `cache.hit`; |
 * |                    | of `getMany` `cache.keys`, their number                               |
 * | `cache.invalidate` | `cache.targets`, their number, and `cache.status`                     |
 * | `cache.mutate`     | none                                                                  |
 */
export interface CacheTracing {
  /**
   * Runs `work` in a span of this name. `describe` returns the attributes that are known only at
   * its end.
   */
  span<T>(
    name: SpanName,
    attributes: SpanAttributes,
    work: () => Promise<T>,
    describe: (result: T) => SpanAttributes,
  ): Promise<T>;
}

export type SpanName = 'cache.read' | 'cache.invalidate' | 'cache.mutate';

export type SpanAttributes = Record<string, string | number | boolean>;

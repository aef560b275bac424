/**
 * How the cache reports its spans. `@relay/cache/opentelemetry` is the ready-made one; without
 * one, nothing is wrapped and nothing is paid.
 */
export interface CacheTracing {
  /**
   * Runs `work` in a span of this name. Attributes that are known only when it has ended come from
   * `describe`.
   */
  span<T>(
    name: string,
    attributes: SpanAttributes,
    work: () => Promise<T>,
    describe: (result: T) => SpanAttributes,
  ): Promise<T>;
}

export type SpanAttributes = Record<string, string | number | boolean>;

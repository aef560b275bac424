import { of } from '../queries.ts';

export const exporter = of('redis-exporter');

/** The used share of maxmemory. */
export const memoryUsed = `redis_memory_used_bytes${exporter} / (redis_memory_max_bytes${exporter} > 0)`;

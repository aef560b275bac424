import type { Generations } from './generations.ts';
import type { KeyNames } from './key-names.ts';
import type { RedisStoreClient } from './redis-like.ts';
import type { Scripts } from './scripts.ts';

/** Shared by the operations of one Redis store. */
export interface StoreContext {
  client: RedisStoreClient;
  scripts: Scripts;
  names: KeyNames;
  generations: Generations;
  /** The client's, which it puts before every key. */
  prefix: string;
  isCluster: boolean;
  /** Text that is never repeated. */
  unique: () => string;
}

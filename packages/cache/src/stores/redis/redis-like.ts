/**
 * The part of ioredis that the store calls, in versions 5 and 6: a connection to one server, through
 * Sentinel, or to a Cluster.
 */
export interface RedisLike {
  readonly status: string;
  readonly options: { readonly keyPrefix?: string | undefined };
  connect(): Promise<unknown>;
  on(event: string, listener: (...args: any[]) => void): unknown; // oxlint-disable-line typescript/no-explicit-any
  off(event: string, listener: (...args: any[]) => void): unknown; // oxlint-disable-line typescript/no-explicit-any
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
  getBuffer(key: string): Promise<Buffer | null>;
  mgetBuffer(keys: string[]): Promise<(Buffer | null)[]>;
  unlink(key: string): Promise<number>;
}

/** One server, also as a node of a Cluster. */
export interface ServerLike extends RedisLike {
  readonly options: {
    readonly keyPrefix?: string | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  };
  info(section: string): Promise<string>;
  ping(): Promise<unknown>;
  dbsize(): Promise<number>;
  cluster(subcommand: 'NODES' | 'INFO'): Promise<unknown>;
  set(key: string, value: string, px: 'PX', ms: number): Promise<unknown>;
  scan(
    cursor: string,
    match: 'MATCH',
    pattern: string,
    count: 'COUNT',
    number: number,
  ): Promise<[string, string[]]>;
}

export interface ClusterLike extends RedisLike {
  readonly options: {
    readonly keyPrefix?: string | undefined;
    readonly scaleReads?: unknown;
  };
  /** For each slot the addresses of its nodes, the master first. */
  readonly slots: readonly (readonly string[])[];
  nodes(role: 'master'): ServerLike[];
}

export type RedisStoreClient = ServerLike | ClusterLike;

export function isCluster(client: RedisStoreClient): client is ClusterLike {
  return 'nodes' in client;
}

/** Every master that is known. */
export function mastersOf(client: RedisStoreClient): ServerLike[] {
  if (!isCluster(client)) return [client];
  // Until it is ready it lists only the configured nodes: not all, or not masters.
  if (client.status !== 'ready') throw new Error(`the Redis Cluster is ${client.status}`);
  const nodes = client.nodes('master');
  if (nodes.length === 0) throw new Error('no master of the Redis Cluster is known');
  return nodes;
}

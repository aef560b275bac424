import { patternToRegExp } from '../../keys/keys.ts';
import type { Removal, Target } from '../../protocol/store.ts';
import type { StoreContext } from './context.ts';
import { escapeGlob, leaseGlob, ownerOf } from './key-names.ts';
import { isCluster, mastersOf, type ClusterLike } from './redis-like.ts';
import { infoField } from './server-info.ts';

const SCAN_COUNT = 500;

/**
 * `CacheStore.invalidateMatching`: walks all masters twice, with SCAN. The first walk removes records
 * with their entries. The record that a fill needs stands from before its load, so SCAN returns that
 * of every load that began before the walk, and none of them stores behind the cursor. The second
 * walk removes the values and grace copies that are left, for their record was evicted or is of
 * version 0.1 of this package. It looks at no record: an entry stored since the first walk goes too.
 */
export async function invalidateMatching(
  context: StoreContext,
  invalidate: (target: Target) => Promise<Removal>,
  pattern: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { client, prefix } = context;
  const expression = patternToRegExp(pattern);
  const prefixGlob = escapeGlob(prefix).replaceAll('*', String.raw`\*`);
  const glob = prefixGlob + escapeGlob(pattern);

  /** A name's own key if it matches, without the prefix that stands inside the names beside it. */
  function matching(key: string, inner: string): string | undefined {
    if (!key.startsWith(inner)) return undefined;
    const own = key.slice(inner.length);
    return expression.test(own) ? own : undefined;
  }

  async function removeRecord(name: string): Promise<number> {
    const owner = ownerOf(name);
    const key = owner.kind === 'lease:' ? matching(owner.key, prefix) : undefined;
    if (key === undefined) return 0;
    const { removed } = await invalidate({ kind: 'key', key });
    return removed ? 1 : 0;
  }

  async function removeOrphan(name: string): Promise<number> {
    const { kind, key } = ownerOf(name);
    if (kind === 'value') return matching(key, '') === undefined ? 0 : client.unlink(name);
    if (kind === 'cache:grace:' && matching(key, prefix) !== undefined) await client.unlink(name);
    return 0;
  }

  async function walk(match: string, remove: (name: string) => Promise<number>): Promise<number> {
    const perMaster = mastersOf(client).map(async (master) => {
      let removed = 0;
      let cursor = '0';
      do {
        signal?.throwIfAborted();
        const [next, found] = await master.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
        cursor = next;
        // The client puts its prefix before each name again.
        const names = found.map((name) => name.slice(prefix.length));
        for (const count of await Promise.all(names.map(remove))) removed += count;
      } while (cursor !== '0');
      return removed;
    });
    const counts = await Promise.all(perMaster);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async function walkTwice(): Promise<number> {
    const withRecord = await walk(prefixGlob + leaseGlob(glob), removeRecord);
    return withRecord + (await walk(`${prefixGlob}*${escapeGlob(pattern)}*`, removeOrphan));
  }

  return isCluster(client) ? untilStill(client, walkTwice, signal) : walkTwice();
}

/**
 * Walks again until no slot was moved meanwhile: its keys may have moved from a master still to be
 * walked to a master already walked. The caller's deadline ends a move that lasts.
 */
async function untilStill(
  cluster: ClusterLike,
  walk: () => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const before = await placement(cluster);
    removed += await walk();
    const after = await placement(cluster);
    if (before === after) return removed;
    signal?.throwIfAborted();
  }
}

/** Which master has which slots, and how many keys each has sent to another. */
async function placement(cluster: ClusterLike): Promise<string> {
  const perMaster = mastersOf(cluster).map(async (master) => {
    const [nodes, stats] = await Promise.all([
      master.cluster('NODES'),
      master.info('commandstats'),
    ]);
    const own = String(nodes)
      .split('\n')
      .find((line) => line.includes('myself'));
    const slots = own?.split(' ').slice(8).join(' ');
    return `${slots} ${infoField(stats, 'cmdstat_migrate')?.split(',')[0]}`;
  });
  return (await Promise.all(perMaster)).join('\n');
}

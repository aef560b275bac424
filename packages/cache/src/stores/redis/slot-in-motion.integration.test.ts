import { testRedis } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';

import type { CacheStore } from '../../protocol/store.ts';
import { startOwnCluster } from '../../testing/own-cluster.ts';
import { connectRedis, nodesAt, testStore } from '../../testing/redis.ts';
import { putText, readText, takeLease, textValue } from '../../testing/stored-value.ts';
import { leaseKey } from './key-names.ts';
import { keySlot } from './key-slot.ts';

const missing = (await testRedis()) === null;
/** All in one slot. */
const at = (name: string) => ({ key: `{moving}:${name}`, grace: true });
const target = (name: string) => ({ kind: 'key', key: at(name).key }) as const;
const SLOT = keySlot(at('').key);

describe.skipIf(missing)(
  'while a slot of a Redis Cluster is moved from one master to another',
  () => {
    let store: CacheStore;
    let from: Redis;
    let to: Redis;
    let others: Redis[];
    let ids: string[];
    let urls: string[];

    beforeAll(async () => {
      const cluster = await startOwnCluster();
      urls = cluster.urls;
      store = testStore({ client: await connectRedis({ nodes: nodesAt(cluster.urls) }) });
      const nodes = (await Promise.all(cluster.urls.map((url) => connectRedis(url)))) as Redis[];
      const owner = Math.floor((SLOT * 3) / 16_384);
      [from, to, ...others] = [...nodes.slice(owner), ...nodes.slice(0, owner)] as [Redis, Redis];
      ids = await Promise.all([from, to].map((node) => node.cluster('MYID')));
      for (const name of ['stays', 'half', 'moved', 'removed', 'fenced', 'lifted', 'matched:1']) {
        await putText(store, at(name), name, { graceMs: 60_000 });
      }
      await store.fence(target('lifted'), 'writer', 60_000);
      await to.cluster('SETSLOT', SLOT, 'IMPORTING', ids[0]!);
      await from.cluster('SETSLOT', SLOT, 'MIGRATING', ids[1]!);
      await move(at('half').key);
      await move(at('moved').key);
      await move(leaseKey(at('moved').key));
      await move(leaseKey(at('removed').key));
      await move(at('fenced').key);
    });

    async function move(key: string): Promise<void> {
      await from.migrate('127.0.0.1', to.options.port!, key, 0, 5000);
    }

    it('reads entries that are there in full, and misses the others', async () => {
      expect(await readText(store, at('stays'))).toBe('stays');
      expect(await readText(store, at('half'))).toBe('half');
      expect(await readText(store, at('absent'))).toBeUndefined();
    });

    it('grants one lease; its fill is refused rather than stored in part', async () => {
      const lease = await takeLease(store, at('absent'));
      expect(await store.lease(at('absent'), 'second', 1000)).toMatchObject({
        state: 'held',
        token: lease.token,
      });
      expect(await store.fill(at('absent'), lease, textValue('value'))).toBe(false);
      expect(await readText(store, at('absent'))).toBeUndefined();
      await store.release(at('absent'), lease);
    });

    it('removes invalidated, fenced and lifted entries, on either node', async () => {
      expect(await store.invalidate(target('removed'))).toMatchObject({ removed: true });
      await store.fence(target('fenced'), 'id', 60_000);
      expect((await store.lease(at('fenced'), 'token', 1000)).state).toBe('fenced');
      await store.lift(target('fenced'), 'id');
      for (const name of ['removed', 'fenced']) {
        expect(await readText(store, at(name))).toBeUndefined();
        const result = await store.lease(at(name), 'token', 1000);
        expect(result).toMatchObject({ state: 'granted' });
        expect(result).not.toHaveProperty('grace');
      }
    });

    it('removes in place of a write-through', async () => {
      expect(await store.lift(target('lifted'), 'writer', textValue('new'))).toMatchObject({
        stored: false,
      });
      expect((await store.lease(at('lifted'), 'token', 1000)).state).toBe('granted');
    });

    it('removes by pattern', async () => {
      await move(at('matched:1').key);
      expect(await store.invalidateMatching('{moving}:matched:*')).toBe(1);
      expect(await readText(store, at('matched:1'))).toBeUndefined();
    });

    it('removes by pattern also keys that move during the walk to a master walked already', async () => {
      await putText(store, { key: 'unmoved' });
      for (const key of [at('stays').key, leaseKey(at('stays').key)]) {
        expect(await from.exists(key)).toBe(1);
      }
      const client = await connectRedis({ nodes: nodesAt(urls) });
      if (!('nodes' in client)) throw new Error('this is no Cluster');
      const walker = testStore({ client });
      await walker.ping();
      for (const master of client.nodes('master')) {
        if (master.options.port !== from.options.port) continue;
        const scan = master.scan.bind(master) as (
          ...args: unknown[]
        ) => Promise<[string, string[]]>;
        let isFirst = true;
        master.scan = async (...args: unknown[]) => {
          if (isFirst) {
            isFirst = false;
            // By now the others have been walked.
            await Promise.all(client.nodes('master').map((node) => node.ping()));
            await move(leaseKey(at('stays').key));
            await move(at('stays').key);
            await move('cache:grace:={moving}:stays');
          }
          return scan(...args);
        };
      }
      expect(await walker.invalidateMatching('{moving}:stays')).toBe(1);
      expect(await to.cluster('GETKEYSINSLOT', SLOT, 100)).not.toContain(at('stays').key);
    });

    it('and afterwards, misses entries that moved, and stores them again', async () => {
      let keys: string[];
      while ((keys = await from.cluster('GETKEYSINSLOT', SLOT, 100)).length > 0) {
        for (const key of keys) await move(key);
      }
      for (const node of [to, from, ...others]) {
        await node.cluster('SETSLOT', SLOT, 'NODE', ids[1]!);
      }
      // The redirection of the first gives the client the slot's new node.
      await store.invalidate(target('absent'));
      expect(await readText(store, at('stays'))).toBeUndefined();
      await putText(store, at('stays'), 'new');
      expect(await readText(store, at('stays'))).toBe('new');
    });
  },
);

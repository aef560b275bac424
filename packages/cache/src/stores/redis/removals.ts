import { CacheUsageError } from '../../errors.ts';
import { assertKey, assertName } from '../../keys/keys.ts';
import type { CacheStore, NewValue, Removal, Target } from '../../protocol/store.ts';
import type { StoreContext } from './context.ts';
import { isSlotInMotion } from './store-errors.ts';
import { valueArgs, wholeMs } from './value-args.ts';

type Removals = Pick<CacheStore, 'fence' | 'lift' | 'invalidate'>;

/**
 * On a Cluster the scripts get the record alone, so that they work while its slot is being moved. The
 * record is removed first: without it, no fill can store the value again.
 */
export function createRemovals({
  client,
  scripts,
  names,
  isCluster,
  unique,
}: StoreContext): Removals {
  /** The keys that a script gets, and those that are removed after it. */
  function keysOf(target: Target): { first: string[]; rest: string[] } {
    if (target.kind === 'tag') {
      assertName(target.tag, 'tag');
      return { first: [names.tag(target.tag)], rest: [] };
    }
    assertKey(target.key);
    const { record, value, grace, refresh } = names.all(target.key);
    const others = [value, grace, refresh];
    return isCluster ? { first: [record], rest: others } : { first: [record, ...others], rest: [] };
  }

  /** Whether the first of them, the value, was there. */
  async function unlink(rest: readonly string[]): Promise<boolean> {
    const [removed] = await Promise.all(rest.map((name) => client.unlink(name)));
    return removed === 1;
  }

  async function lift(target: Target, fenceId: string): Promise<Removal> {
    const { first, rest } = keysOf(target);
    const [count] = await scripts.relayLift(first.length, ...first, fenceId);
    return { removed: (await unlink(rest)) || count > 0, stored: false };
  }

  async function liftWith(key: string, fenceId: string, value: NewValue): Promise<Removal> {
    const { record, value: name, grace, refresh } = names.all(key);
    const values = valueArgs(value, unique(), []);
    const keys = [record, name, grace, refresh];
    const [count, stored] = await scripts.relayLift(4, ...keys, fenceId, ...values);
    return { removed: count > 0, stored: stored === 1 };
  }

  return {
    async fence(target, fenceId, fenceMs) {
      if (/[=,+]/.test(fenceId)) throw new CacheUsageError(`"${fenceId}" is no id of a fence`);
      const { first, rest } = keysOf(target);
      await scripts.relayFence(first.length, ...first, fenceId, wholeMs(fenceMs));
      await unlink(rest);
    },
    async lift(target, fenceId, value) {
      if (!value || target.kind === 'tag') return lift(target, fenceId);
      assertKey(target.key);
      try {
        return await liftWith(target.key, fenceId, value);
      } catch (error) {
        if (isSlotInMotion(error)) return lift(target, fenceId);
        throw error;
      }
    },
    async invalidate(target) {
      const { first, rest } = keysOf(target);
      const count = await scripts.relayInvalidate(first.length, ...first);
      return { removed: (await unlink(rest)) || count > 0, stored: false };
    },
  };
}

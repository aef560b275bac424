import { assertKey, assertName } from '../../keys/keys.ts';
import type {
  CacheStore,
  Entry,
  EntryAddress,
  Lease,
  LeaseResult,
  NewValue,
} from '../../protocol/store.ts';
import { isStampOf } from './checksum.ts';
import type { StoreContext } from './context.ts';
import { currentEpochs } from './read-entries.ts';
import { isSlotInMotion } from './store-errors.ts';
import { valueArgs, wholeMs } from './value-args.ts';

type Leases = Pick<
  CacheStore,
  'lease' | 'extend' | 'release' | 'fill' | 'leaseRefresh' | 'discard'
>;

/** Far beyond the life of any entry: an epoch that expires costs its entries a miss. */
const EPOCH_LIFE_MS = 30 * 24 * 60 * 60 * 1000;
/** How often a lease is asked for anew because the entry in its place was damaged or out of date. */
const MAX_ATTEMPTS = 3;

export function createLeases(context: StoreContext): Leases {
  const { client, scripts, names, isCluster, unique } = context;

  /** The tags' keys, for a script: on a Cluster they are in slots that it may not touch. */
  function tagKeys({ tags = [] }: EntryAddress): string[] {
    for (const tag of tags) assertName(tag, 'tag');
    return isCluster ? [] : tags.map(names.tag);
  }

  function comparesEpochs({ tags = [] }: EntryAddress): boolean {
    return isCluster && tags.length > 0;
  }

  async function askLease(
    address: EntryAddress,
    token: string,
    leaseMs: number,
    invalid: string,
  ): Promise<(Buffer | null)[]> {
    const { record, value, grace } = names.all(address.key);
    const keys = [record, value, grace, ...tagKeys(address)];
    const args = [
      token,
      wholeMs(leaseMs),
      address.grace ? '1' : '',
      invalid,
      unique(),
      EPOCH_LIFE_MS,
      comparesEpochs(address) ? '1' : '',
    ];
    try {
      return await scripts.relayLeaseBuffer(keys.length, ...keys, ...args);
    } catch (error) {
      if (!isSlotInMotion(error)) throw error;
      const answer = await scripts.relayLeaseBuffer(1, record, ...args);
      if (String(answer[0]) !== 'entry') return answer;
      return [...answer, (await client.mgetBuffer([value]))[0]!];
    }
  }

  async function lease(
    address: EntryAddress,
    token: string,
    leaseMs: number,
  ): Promise<LeaseResult> {
    assertKey(address.key);
    let invalid = '';
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const answer = await askLease(address, token, leaseMs, invalid);
      const state = String(answer[0]);
      if (state === 'granted') return granted(address, token, answer);
      if (state === 'fenced') return { state };
      const epochs = comparesEpochs(address) ? await currentEpochs(context, address.tags) : null;
      if (state === 'held') {
        // On a Cluster the holder's epochs are unknown: its load may have begun before a write.
        const holder = comparesEpochs(address) ? '' : String(answer[1]);
        return { state, token: holder, ...graceOf(answer[2], epochs) };
      }
      const entry = { stamp: String(answer[1]), bytes: answer[2]! };
      if (isIntact(entry, epochs)) return { state: 'entry', entry };
      invalid = entry.stamp;
    }
    // Others keep storing what cannot be used: nothing to gain by storing one more.
    return { state: 'fenced' };
  }

  async function granted(
    address: EntryAddress,
    token: string,
    answer: readonly (Buffer | null)[],
  ): Promise<LeaseResult> {
    const lease: Lease = {
      token,
      record: String(answer[1]),
      generation: String(answer[2]),
      epochs: answer.slice(4).map(String),
    };
    if (!comparesEpochs(address)) {
      return { state: 'granted', lease, ...graceOf(answer[3], null) };
    }
    const asked = address.tags!.map((tag) =>
      scripts.relayEnsureEpoch(1, names.tag(tag), unique(), EPOCH_LIFE_MS),
    );
    const epochs = await Promise.all(asked);
    if (epochs.some((epoch) => epoch === null)) {
      await release(address, lease);
      return { state: 'fenced' };
    }
    const known = epochs as string[];
    return {
      state: 'granted',
      lease: { ...lease, epochs: known },
      ...graceOf(answer[3], known.join(',')),
    };
  }

  async function release({ key }: EntryAddress, lease: Lease): Promise<void> {
    const { record, refresh } = names.all(key);
    if (isRefresh(lease)) await scripts.relayRelease(1, refresh, lease.token);
    else await scripts.relayRelease(1, record, lease.record);
  }

  return {
    lease,
    release,
    async extend({ key }, lease, leaseMs) {
      const { record, refresh } = names.all(key);
      const keys = isRefresh(lease) ? [record, refresh] : [record];
      const { generation, token } = lease;
      const args = [lease.record, generation, token, wholeMs(leaseMs)];
      return (await scripts.relayExtend(keys.length, ...keys, ...args)) === 1;
    },
    async fill({ key }, lease, value: NewValue) {
      assertKey(key);
      const { record, value: name, grace, refresh } = names.all(key);
      const args = [lease.record, lease.generation, lease.token];
      const values = valueArgs(value, unique(), lease.epochs);
      try {
        const keys = [record, name, grace, refresh];
        return (await scripts.relayFill(4, ...keys, ...args, ...values)) === 1;
      } catch (error) {
        if (isSlotInMotion(error)) return false;
        throw error;
      }
    },
    async leaseRefresh(address, stamp, token, leaseMs) {
      const { record, value, refresh } = names.all(address.key);
      const keys = [record, value, refresh, ...tagKeys(address)];
      const compares = comparesEpochs(address);
      const args = [stamp, token, wholeMs(leaseMs), compares ? '1' : ''];
      const generation = await scripts
        .relayLeaseRefresh(keys.length, ...keys, ...args)
        .catch(noLeaseInMotion);
      if (generation === null) return undefined;
      const epochs = stamp.slice(stamp.lastIndexOf(':') + 1);
      const lease: Lease = {
        token,
        record: stamp,
        generation,
        epochs: epochs === '' ? [] : epochs.split(','),
      };
      if (!compares || (await currentEpochs(context, address.tags)) === epochs) return lease;
      await release(address, lease);
      return undefined;
    },
    async discard({ key }, stamp) {
      const { record, value, grace, refresh } = names.all(key);
      if (!isCluster) {
        await scripts.relayDiscard(4, record, value, grace, refresh, stamp);
      } else if ((await scripts.relayDiscard(1, record, stamp)) === 1) {
        await Promise.all([value, grace, refresh].map((name) => client.unlink(name)));
      }
    },
  };
}

function isRefresh(lease: Lease): boolean {
  return lease.record.startsWith('E:');
}

function noLeaseInMotion(error: unknown): null {
  if (isSlotInMotion(error)) return null;
  throw error;
}

/** @param epochs the current ones; `undefined` if there is none; `null` if the script compared them */
function isIntact({ stamp, bytes }: Entry, epochs: string | undefined | null): boolean {
  if (epochs === undefined || bytes === null) return false;
  const generation = stamp.slice(0, stamp.indexOf(':', 2) + 1);
  return isStampOf(stamp, generation, bytes, epochs ?? stamp.slice(stamp.lastIndexOf(':') + 1));
}

/** The grace copy is its stamp, a line end, and the bytes. */
function graceOf(
  copy: Buffer | null | undefined,
  epochs: string | undefined | null,
): { grace?: Entry } {
  if (!copy) return {};
  const end = copy.indexOf('\n');
  const grace = { stamp: copy.toString('utf8', 0, end), bytes: copy.subarray(end + 1) };
  return isIntact(grace, epochs) ? { grace } : {};
}

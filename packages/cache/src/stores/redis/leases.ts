import { assertKey, assertName } from '../../keys/keys.ts';
import type {
  CacheStore,
  EntryAddress,
  Lease,
  LeaseResult,
  NewValue,
} from '../../protocol/store.ts';
import type { StoreContext } from './context.ts';
import {
  epochsOf,
  isStamp,
  readAnswer,
  splitEpochs,
  stampIn,
  type Answer,
  type Invalid,
} from './lease-answer.ts';
import { currentEpochs } from './read-entries.ts';
import { isSlotInMotion } from './store-errors.ts';
import { valueArgs, wholeMs } from './value-args.ts';

type Leases = Pick<
  CacheStore,
  'lease' | 'extend' | 'release' | 'fill' | 'leaseRefresh' | 'discard'
>;

/** How often a lease is requested again because the entry was damaged or out of date. */
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
  ): Promise<Answer> {
    const { record, value, grace, refresh } = names.all(address.key);
    const keys = [record, value, grace, refresh, ...tagKeys(address)];
    const args = [
      token,
      wholeMs(leaseMs),
      address.grace ? '1' : '',
      invalid,
      unique(),
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
      const result = comparesEpochs(address)
        ? await withEpochs(address, token, leaseMs, answer)
        : readAnswer(token, answer);
      if (!('invalid' in result)) return result;
      invalid = result.invalid;
    }
    // Others keep storing entries that cannot be used: storing another gains nothing.
    return { state: 'fenced' };
  }

  /** On a Cluster, where the script cannot see the tags. */
  async function withEpochs(
    address: EntryAddress,
    token: string,
    leaseMs: number,
    answer: Answer,
  ): Promise<LeaseResult | Invalid> {
    const result = readAnswer(token, answer);
    if ('invalid' in result || result.state === 'fenced') return result;
    const stamp = stampIn(answer);
    if (result.state === 'granted' && stamp === undefined) {
      return withNewEpochs(address, result.lease, leaseMs);
    }
    const epochs = await currentEpochs(context, address.tags);
    if (stamp !== undefined && epochsOf(stamp) !== epochs) {
      if (result.state === 'granted') await release(address, result.lease);
      return { invalid: stamp };
    }
    if (result.state !== 'held') return result;
    return epochs === undefined
      ? { ...result, token: '' }
      : { ...result, epochs: epochs.split(',') };
  }

  /** @param lease before its load begins */
  async function withNewEpochs(
    address: EntryAddress,
    lease: Lease,
    leaseMs: number,
  ): Promise<LeaseResult> {
    const asked = address.tags!.map((tag) =>
      scripts.relayEnsureEpoch(1, names.tag(tag), unique(), wholeMs(leaseMs)),
    );
    const epochs = await Promise.all(asked);
    if (epochs.every((epoch) => epoch !== null)) {
      return { state: 'granted', lease: { ...lease, epochs } };
    }
    await release(address, lease);
    return { state: 'fenced' };
  }

  async function release({ key }: EntryAddress, lease: Lease): Promise<void> {
    const { record, refresh } = names.all(key);
    if (isRefresh(lease)) await scripts.relayRelease(1, refresh, lease.token);
    else await scripts.relayRelease(1, record, lease.record);
  }

  /** On a Cluster; else the fill does so itself. A failure ends the entry early, and no more. */
  async function prolongEpochs(
    address: EntryAddress,
    { epochs }: Lease,
    { ttlMs, graceMs }: NewValue,
  ): Promise<void> {
    if (!comparesEpochs(address)) return;
    const calls = address.tags!.map((tag, index) =>
      scripts.relayProlongEpoch(1, names.tag(tag), epochs[index] ?? '', wholeMs(ttlMs + graceMs)),
    );
    await Promise.allSettled(calls);
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
    async fill(address, lease, value) {
      assertKey(address.key);
      const { record, value: name, grace, refresh } = names.all(address.key);
      const args = [lease.record, lease.generation, lease.token];
      const values = valueArgs(value, unique(), lease.epochs);
      try {
        const keys = [record, name, grace, refresh, ...tagKeys(address)];
        const [stored] = await Promise.all([
          scripts.relayFill(keys.length, ...keys, ...args, ...values),
          prolongEpochs(address, lease, value),
        ]);
        return stored === 1;
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
      const epochs = epochsOf(stamp);
      const lease: Lease = { token, record: stamp, generation, epochs: splitEpochs(epochs) };
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
  return isStamp(lease.record);
}

function noLeaseInMotion(error: unknown): null {
  if (isSlotInMotion(error)) return null;
  throw error;
}

import { randomUUID } from 'node:crypto';

import * as fc from 'fast-check';
import { expect } from 'vitest';

import type { EntryAddress, Lease, NewValue, Target } from '../protocol/store.ts';
import type { StoreUnderTest } from './contract/harness.ts';
import { textValue } from './stored-value.ts';

/** One step of one of the actors that share an entry. The same actor's steps follow its protocol. */
type Step =
  | { actor: 'reader'; index: number; gives: 'fill' | 'release' | 'die'; refreshes: boolean }
  | { actor: 'writer'; index: number; by: 'key' | 'tag'; gives: 'lift' | 'value' | 'die' }
  | { actor: 'stranger'; by: 'key' | 'tag' | 'pattern' }
  | { actor: 'clock'; ms: number };

const ACTORS = 3;
const LEASE_MS = 1000;
const index = fc.nat({ max: ACTORS - 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      actor: fc.constant('reader' as const),
      index,
      gives: fc.constantFrom('fill', 'fill', 'fill', 'release', 'die'),
      refreshes: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      actor: fc.constant('writer' as const),
      index,
      by: fc.constantFrom('key', 'tag'),
      gives: fc.constantFrom('lift', 'value', 'value', 'die'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      actor: fc.constant('stranger' as const),
      by: fc.constantFrom('key', 'tag', 'pattern'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      actor: fc.constant('clock' as const),
      ms: fc.constantFrom(LEASE_MS / 2, LEASE_MS, 3 * LEASE_MS),
    }),
  },
);

/**
 * Readers and writers of one entry take their steps in random orders, die between them, and outlive
 * their leases and fences. No read, no grace copy and no load that may be shared is older than the last
 * acknowledged write.
 * A counter stands for the source of truth: a write increments it, a load reads it.
 */
export async function checkNoStaleRead(
  create: (namespace: string) => Promise<StoreUnderTest> | StoreUnderTest,
  { numRuns }: { numRuns: number },
): Promise<void> {
  const property = fc.asyncProperty(
    fc.boolean(),
    fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
    async (isTagged, steps) => {
      const namespace = `property-${randomUUID()}:`;
      await runSteps(await create(namespace), namespace, isTagged, steps);
    },
  );
  await fc.assert(property, { numRuns });
}

function value(version: number): NewValue {
  return textValue(String(version), { ttlMs: 4 * LEASE_MS, graceMs: 4 * LEASE_MS });
}

async function runSteps(
  { store, advance }: StoreUnderTest,
  namespace: string,
  isTagged: boolean,
  steps: readonly Step[],
): Promise<void> {
  const address: EntryAddress = {
    key: `${namespace}a`,
    grace: true,
    ...(isTagged && { tags: [`${namespace}tag`] }),
  };
  const targets = {
    key: { kind: 'key', key: address.key },
    tag: { kind: 'tag', tag: `${namespace}tag` },
  } as const satisfies Record<string, Target>;
  const loads: ({ lease: Lease; loaded: number } | undefined)[] = [];
  const writes: ({ id: string; target: Target; version?: number } | undefined)[] = [];
  let committed = 0;
  let acknowledged = 0;
  const targetOf = (by: 'key' | 'tag') => (isTagged ? targets[by] : targets.key);

  async function checkReads(): Promise<void> {
    const [entry] = await store.read([address]);
    if (entry) expect(Number(entry.bytes)).toBeGreaterThanOrEqual(acknowledged);
  }

  /** A reader of the holder's own process joins its load, if it finds it by token and epochs. */
  function checkShared({ token, epochs }: { token: string; epochs?: readonly string[] }): void {
    const load = loads.find((each) => each?.lease.token === token);
    if (!load || (epochs && epochs.join() !== load.lease.epochs.join())) return;
    expect(load.loaded).toBeGreaterThanOrEqual(acknowledged);
  }

  async function startLoad(refreshes: boolean): Promise<Lease | undefined> {
    if (refreshes) {
      const [entry] = await store.read([address]);
      return entry && store.leaseRefresh(address, entry.stamp, randomUUID(), LEASE_MS);
    }
    const result = await store.lease(address, randomUUID(), LEASE_MS);
    const copy = 'grace' in result ? result.grace : undefined;
    if (copy) expect(Number(copy.bytes)).toBeGreaterThanOrEqual(acknowledged);
    if (result.state === 'held') checkShared(result);
    if (result.state === 'entry') {
      expect(Number(result.entry.bytes)).toBeGreaterThanOrEqual(acknowledged);
    }
    return result.state === 'granted' ? result.lease : undefined;
  }

  async function read({ index, gives, refreshes }: Extract<Step, { actor: 'reader' }>) {
    const load = loads[index];
    if (!load) {
      const lease = await startLoad(refreshes);
      loads[index] = lease && { lease, loaded: committed };
      return;
    }
    loads[index] = undefined;
    if (gives === 'release') await store.release(address, load.lease);
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- this is no array
    if (gives === 'fill') await store.fill(address, load.lease, value(load.loaded));
  }

  async function write({ index, by, gives }: Extract<Step, { actor: 'writer' }>) {
    const current = writes[index];
    if (!current) {
      const started = { id: randomUUID(), target: targetOf(by) };
      writes[index] = started;
      await store.fence(started.target, started.id, 2 * LEASE_MS);
    } else if (gives === 'die') {
      writes[index] = undefined;
    } else if (current.version === undefined) {
      committed += 1;
      current.version = committed;
    } else {
      const { id, target, version } = current;
      writes[index] = undefined;
      await store.lift(target, id, gives === 'value' ? value(version) : undefined);
      acknowledged = Math.max(acknowledged, version);
    }
  }

  async function change({ by }: Extract<Step, { actor: 'stranger' }>) {
    committed += 1;
    if (by === 'pattern') await store.invalidateMatching(`${namespace}*`);
    else await store.invalidate(targetOf(by));
    acknowledged = committed;
  }

  for (const step of steps) {
    if (step.actor === 'reader') await read(step);
    else if (step.actor === 'writer') await write(step);
    else if (step.actor === 'stranger') await change(step);
    else await advance(step.ms);
    await checkReads();
  }
}

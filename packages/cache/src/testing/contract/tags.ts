import { describe, expect, it } from 'vitest';

import { MINUTE, tagTarget, useStore, value, type CreateStore } from './harness.ts';

export function describeTags(create: CreateStore): void {
  const t = useStore(create);
  const tag = (text = 'tag') => t.name(text);
  const tagged = (key: string, ...tags: string[]) => t.at(key, { tags: tags.map(tag) });

  it('invalidate all their entries at once, and no others', async () => {
    for (const address of [tagged('a', 'x'), tagged('b', 'y', 'x'), tagged('c', 'y'), t.at('d')]) {
      await t.put(address);
    }
    expect(await t.store.invalidate(tagTarget(tag('x')))).toEqual({
      removed: false,
      stored: false,
    });
    expect(await t.read(tagged('a', 'x'))).toBeUndefined();
    expect(await t.read(tagged('b', 'y', 'x'))).toBeUndefined();
    expect(await t.read(tagged('c', 'y'))).toBe('value');
    expect(await t.read(t.at('d'))).toBe('value');
  });

  it('void the leases of their entries: a load from before must not be shared after', async () => {
    const address = tagged('a', 'x');
    const before = await t.granted(address);
    await t.store.invalidate(tagTarget(tag('x')));
    const after = await t.store.lease(address, t.id(), MINUTE);
    // A Cluster does not see the tags of another reader's lease, and returns the present epochs.
    expect(['granted', 'held']).toContain(after.state);
    expect(after).not.toMatchObject({ epochs: before.epochs });
    await t.store.fill(address, before, value('old'));
    expect(await t.read(address)).toBeUndefined();
  });

  it('leave a lease to be shared while they are not invalidated', async () => {
    const address = tagged('a', 'x', 'y');
    const lease = await t.granted(address);
    const answer = await t.store.lease(address, t.id(), MINUTE);
    expect(answer).toMatchObject({ state: 'held', token: lease.token });
    const { epochs } = answer as { epochs?: readonly string[] };
    expect(epochs ?? lease.epochs).toEqual(lease.epochs);
  });

  it('void the refresh of an entry that expired meanwhile', async () => {
    const address = t.at('a', { tags: [tag('x')], grace: true });
    const entry = await t.put(address, { ttlMs: MINUTE, graceMs: 10 * MINUTE });
    const refresh = await t.store.leaseRefresh(address, entry.stamp, t.id(), 5 * MINUTE);
    await t.advance(MINUTE);
    await t.store.invalidate(tagTarget(tag('x')));
    const after = await t.store.lease(address, t.id(), MINUTE);
    expect(after).toMatchObject({ state: 'granted' });
    expect(after).not.toHaveProperty('grace');
    expect(await t.store.fill(address, refresh!, value('old'))).toBe(false);
  });

  it('last as long as the entries that carry them, and through a grace period', async () => {
    const address = { ...tagged('a', 'x'), grace: true };
    const entry = await t.put(address, { ttlMs: 300 * MINUTE, graceMs: 300 * MINUTE });
    await t.advance(299 * MINUTE);
    expect(await t.read(address)).toBe('value');
    await t.advance(300 * MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).toMatchObject({ grace: entry });
  });

  it('let a new entry take the place of one they invalidated', async () => {
    for (let round = 0; round < 3; round += 1) {
      await t.put(tagged('a', 'x', 'y'));
      await t.store.invalidate(tagTarget(tag(round % 2 ? 'x' : 'y')));
      expect(await t.read(tagged('a', 'x', 'y'))).toBeUndefined();
    }
    await t.put(tagged('a', 'x', 'y'));
    expect(await t.read(tagged('a', 'x', 'y'))).toBe('value');
  });

  it('are compared in order: an entry with other tags is a miss', async () => {
    await t.put(tagged('a', 'x', 'y'));
    expect(await t.read(tagged('a', 'y', 'x'))).toBeUndefined();
    expect(await t.read(tagged('a', 'x'))).toBeUndefined();
    expect(await t.read(t.at('a'))).toBeUndefined();
    expect(await t.state(tagged('a', 'x'))).toBe('granted');
  });

  it('fenced, refuse leases of their entries until they are lifted', async () => {
    await t.put(tagged('a', 'x'));
    await t.store.fence(tagTarget(tag('x')), 'one', MINUTE);
    await t.store.fence(tagTarget(tag('x')), 'two', MINUTE);
    expect(await t.read(tagged('a', 'x'))).toBeUndefined();
    expect(await t.state(tagged('a', 'x'))).toBe('fenced');
    expect(await t.state(tagged('b', 'y', 'x'))).toBe('fenced');
    expect(await t.state(tagged('c', 'y'))).toBe('granted');
    await t.store.lift(tagTarget(tag('x')), 'one');
    expect(await t.state(tagged('a', 'x'))).toBe('fenced');
    await t.store.lift(tagTarget(tag('x')), 'two');
    // A lease refused by a fence leaves no record.
    for (const address of [tagged('a', 'x'), tagged('b', 'y', 'x')]) {
      expect(await t.state(address)).toBe('granted');
    }
  });

  it('fenced, refuse leases until the fence has expired', async () => {
    await t.store.fence(tagTarget(tag('x')), t.id(), MINUTE);
    await t.advance(MINUTE - 1000);
    expect(await t.state(tagged('a', 'x'))).toBe('fenced');
    await t.advance(1000);
    await t.put(tagged('a', 'x'));
  });

  it('stay fenced when they are invalidated', async () => {
    await t.store.fence(tagTarget(tag('x')), 'one', MINUTE);
    await t.store.invalidate(tagTarget(tag('x')));
    expect(await t.state(tagged('a', 'x'))).toBe('fenced');
    await t.store.lift(tagTarget(tag('x')), 'one');
    expect(await t.state(tagged('a', 'x'))).toBe('granted');
  });

  describe.each([
    ['invalidate'],
    ['fence'],
    ['lift'],
    ['fence', 'lift'],
    ['fence', 'fence other', 'lift', 'lift other'],
    ['fence', 'fence other', 'lift other'],
  ])('with %s %s %s %s between a lease and its fill', (...steps) => {
    it('leave nothing of the load to be read', async () => {
      const address = tagged('a', 'x');
      const lease = await t.granted(address);
      for (const step of steps) {
        if (step === undefined) continue;
        const [verb, id = 'one'] = step.split(' ');
        if (verb === 'invalidate') await t.store.invalidate(tagTarget(tag('x')));
        else if (verb === 'fence') await t.store.fence(tagTarget(tag('x')), id, MINUTE);
        else await t.store.lift(tagTarget(tag('x')), id);
      }
      await t.store.fill(address, lease, value('stale', { graceMs: MINUTE }));
      expect(await t.read(address)).toBeUndefined();
      await t.advance(MINUTE);
      expect(await t.read(address)).toBeUndefined();
      const result = await t.store.lease({ ...address, grace: true }, t.id(), MINUTE);
      expect(result).toMatchObject({ state: 'granted' });
      expect(result).not.toHaveProperty('grace');
    });
  });

  it('give a thousand readers of an invalidated entry one lease', async () => {
    await t.put(tagged('a', 'x'));
    await t.store.invalidate(tagTarget(tag('x')));
    const states = await Promise.all(Array.from({ length: 1000 }, () => t.state(tagged('a', 'x'))));
    expect(states.filter((state) => state === 'granted')).toHaveLength(1);
  });

  it('keep a grace copy of an entry that only expired', async () => {
    const address = { ...tagged('a', 'x'), grace: true };
    const entry = await t.put(address, { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(MINUTE);
    const result = await t.store.lease(address, t.id(), MINUTE);
    expect(result).toMatchObject({ state: 'granted', grace: entry });
  });
}

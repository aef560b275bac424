import { describe } from 'vitest';

import { describeEntries } from './contract/entries.ts';
import { describeFences } from './contract/fences.ts';
import type { CreateStore } from './contract/harness.ts';
import { describeKeys } from './contract/keys.ts';
import { describeLeases } from './contract/leases.ts';
import { describePatterns } from './contract/patterns.ts';
import { describeRefreshes } from './contract/refreshes.ts';
import { describeTags } from './contract/tags.ts';
import { describeWriteThrough } from './contract/write-through.ts';

/** The tests that every `CacheStore` passes, one file for each part of the contract. */
export function describeStoreContract(create: CreateStore): void {
  describe('entries', () => {
    describeEntries(create);
  });
  describe('leases', () => {
    describeLeases(create);
  });
  describe('refreshes', () => {
    describeRefreshes(create);
  });
  describe('fences', () => {
    describeFences(create);
  });
  describe('write-through', () => {
    describeWriteThrough(create);
  });
  describe('tags', () => {
    describeTags(create);
  });
  describe('patterns', () => {
    describePatterns(create);
  });
  describe('keys', () => {
    describeKeys(create);
  });
}

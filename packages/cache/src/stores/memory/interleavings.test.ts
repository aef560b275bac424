import { expect, it } from 'vitest';

import { checkNoStaleRead } from '../../testing/random-interleavings.ts';
import { createMemoryStore } from './store.ts';

it('the in-process store returns nothing older than the last acknowledged write', async () => {
  const check = checkNoStaleRead(
    () => {
      let time = 0;
      return {
        store: createMemoryStore({ now: () => time }),
        async advance(ms) {
          time += ms;
        },
      };
    },
    { numRuns: 1000 },
  );
  await expect(check).resolves.toBeUndefined();
});

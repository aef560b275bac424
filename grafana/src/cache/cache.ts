import { dashboard } from '../dashboard.ts';
import { evictions, keys, memory } from '../redis/panels.ts';
import { invalidations } from './invalidations.ts';
import { loads } from './loads.ts';
import { reads } from './reads.ts';
import { store } from './store.ts';
import { writes } from './writes.ts';

export const cache = dashboard({
  uid: 'relay-cache',
  title: 'Relay cache',
  description:
    'How the post service reads and writes through the cache, with durations and failures.',
  rows: [
    reads,
    store,
    loads,
    writes,
    invalidations,
    { title: 'Redis', lines: [[memory(), keys(), evictions()]] },
  ],
});

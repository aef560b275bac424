import { beforeAll } from 'vitest';

import { relay } from './cluster.ts';

// A failed restore of one file must not fail the tests of the next.
beforeAll(() => relay.settled());

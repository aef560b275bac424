import { beforeAll } from 'vitest';

import { relay } from './cluster.ts';

// What one file failed to restore must not be blamed on the next.
beforeAll(() => relay.settled());

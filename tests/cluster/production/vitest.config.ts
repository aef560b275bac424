import { mergeConfig } from 'vitest/config';

import base from '../vitest.config.ts';

// `npm run cluster:test:production`: about five minutes, on both cores.
const config = mergeConfig(base, {});
config.test.include = ['tests/cluster/production/*.cluster.test.ts'];
export default config;

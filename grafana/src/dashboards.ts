import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { cache } from './cache/cache.ts';
import { overview } from './overview.ts';
import { postgres } from './postgres/postgres.ts';
import { redis } from './redis/redis.ts';
import { services } from './services/services.ts';

export const dashboards: Dashboard[] = [overview, cache, services, redis, postgres];

/** As it is committed, and as Grafana imports it. */
export const toJson = (dashboard: Dashboard) => `${JSON.stringify(dashboard, null, 2)}\n`;

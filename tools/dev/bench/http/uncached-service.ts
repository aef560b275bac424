import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { Router } from '@koa/router';
import { createCacheResponder } from '@relay/cache/koa';
import { createHttpApp } from '@relay/service-kit/http/app';
import { createMetrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';

// The cost of a cached read without the cache: the middleware, log and metrics of a Relay service, which
// sends the bytes of stdin. It verifies no token and reads no store.
const bytes = await buffer(process.stdin);
const log = createLogger({ level: 'warn', service: 'bench' });
const respond = createCacheResponder();
const router = new Router().get('/api/posts', (ctx) => {
  respond(ctx, { bytes, outcome: 'uncached' });
});
const app = createHttpApp({
  settings: { trustedHops: 0, bodyLimitBytes: 16_384, corsOrigins: [] },
  log,
  observer: createMetrics({ service: 'bench', version: '0' }).requests,
  router,
});
const server = createServer(app.callback()).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log((server.address() as AddressInfo).port);

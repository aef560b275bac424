import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import Koa from 'koa';

// The baseline of Relay: Koa alone, which sends the bytes of stdin.
const bytes = await buffer(process.stdin);
const app = new Koa();
app.use((ctx) => {
  ctx.type = 'application/json';
  ctx.body = bytes;
});
const server = createServer(app.callback()).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log((server.address() as AddressInfo).port);

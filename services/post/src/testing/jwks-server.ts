import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Signer } from './tokens.ts';

/** A fake auth service that serves the JWKS. */
export async function startJwksServer({ jwk }: Signer) {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/auth/.well-known/jwks.json`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that can stop forwarding while connections stay open, as a network that drops packets. */
export interface SwallowingProxy {
  url: string;
  /** From now on nothing is forwarded, and new connections are accepted but never answered. */
  swallow(): void;
  /** Forwards everything that was held, as TCP retransmits it. */
  heal(): void;
  close(): Promise<void>;
}

export async function startSwallowingProxy(redisPort: number): Promise<SwallowingProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  const forward = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (bytes) => void to.write(bytes));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (swallowing) from.pause();
  };
  const server = createServer((client) => {
    const redis = connect(redisPort, '127.0.0.1');
    forward(client, redis);
    forward(redis, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow() {
      swallowing = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      swallowing = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to Postgres on which the answer to a commit can be lost. */
export interface CommitProxy {
  port: number;
  /** Cuts the connection of the next commit once the server has carried it out. */
  loseNextCommit(): void;
  stop(): void;
}

export async function startCommitProxy(targetPort: number): Promise<CommitProxy> {
  let isArmed = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let isLost = false;
    client.on('data', (chunk) => {
      if (isArmed && chunk.includes('COMMIT')) {
        isArmed = false;
        isLost = true;
      }
      target.write(chunk);
    });
    target.on('data', (chunk) => void (isLost ? client.destroy() : client.write(chunk)));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    loseNextCommit: () => void (isArmed = true),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

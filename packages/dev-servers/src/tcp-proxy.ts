import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to Postgres on which the answer to a statement can be lost. */
export interface LossyProxy {
  port: number;
  /** Cuts the connection of the next statement that holds this text, once the server has answered it. */
  loseNext(text: string): void;
  stop(): void;
}

export async function startLossyProxy(targetPort: number): Promise<LossyProxy> {
  let armed: string | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let isLost = false;
    client.on('data', (chunk) => {
      if (armed !== undefined && chunk.includes(armed)) {
        armed = undefined;
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
    loseNext: (text) => void (armed = text),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

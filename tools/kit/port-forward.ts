import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Joins a socket with a pod's port, until either ends. */
export type Connect = (socket: Socket, target: PodPort) => Promise<void>;

/** A port of this machine that leads to a pod. */
export interface PortForward {
  port: number;
  close(): Promise<void>;
}

interface PortForwardOptions {
  /** On 127.0.0.1; 0: any free one. */
  port: number;
  /** Called for each connection, because a pod may have been replaced since the last. */
  findTarget: () => Promise<PodPort>;
  connect: Connect;
}

/**
 * Listens on this machine and joins each connection with a pod. A connection without a pod is reset.
 *
 * @throws EADDRINUSE if the port is taken
 */
export async function forwardPort({
  port,
  findTarget,
  connect,
}: PortForwardOptions): Promise<PortForward> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that disconnects is no failure of the port-forward.
    socket.on('error', () => {});
    void findTarget()
      .then((target) => connect(socket, target))
      .catch(() => socket.destroy());
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A port of a pod. */
export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Joins a socket with a pod's port, until either ends. */
export type Connect = (socket: Socket, target: PodPort) => Promise<void>;

export interface Tunnel {
  port: number;
  close(): Promise<void>;
}

interface TunnelOptions {
  /** On 127.0.0.1; 0 for any that is free. */
  port: number;
  /** Asked anew for each connection, so that a pod that was replaced is not missed. */
  findTarget: () => Promise<PodPort>;
  connect: Connect;
}

/**
 * Listens on this machine and passes each connection on to a pod. A connection for which there is no
 * pod is cut.
 *
 * @throws when the port is taken
 */
export async function openTunnel({ port, findTarget, connect }: TunnelOptions): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away is no concern of anyone's.
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

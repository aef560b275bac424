import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that injects network faults between a client and a server. */
export interface TcpProxy {
  port: number;
  /** Drops all bytes from now on: connections stay open and can be opened, and nothing passes. */
  dropBytes(): void;
  /** Keeps all bytes back from now on: connections stay open and can be opened, and nothing passes. */
  holdBytes(): void;
  /** Passes the held bytes on, as TCP retransmits them once a partition is over. */
  releaseBytes(): void;
  /** Closes the connections with dropped bytes. New ones pass bytes again. */
  recover(): void;
  /**
   * Closes the connection of the next request that contains `text` once the server has replied to it:
   * the request is executed and its reply is lost.
   */
  loseReplyTo(text: string): void;
  stop(): void;
}

/** Starts a proxy in front of a port of this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let dropsBytes = false;
  let holdsBytes = false;
  let textOfLostReply: string | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let losesReply = false;
    client.on('data', (chunk) => {
      if (textOfLostReply !== undefined && chunk.includes(textOfLostReply)) {
        textOfLostReply = undefined;
        losesReply = true;
      }
      if (!dropsBytes) target.write(chunk);
    });
    target.on('data', (chunk) => {
      if (losesReply) client.destroy();
      else if (!dropsBytes) client.write(chunk);
    });
    closeTogether(client, target);
  });

  function closeTogether(client: Socket, target: Socket): void {
    for (const [socket, peer] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      if (holdsBytes) socket.pause();
      socket.on('error', () => peer.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroy();
      });
    }
  }

  function closeAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    dropBytes: () => void (dropsBytes = true),
    holdBytes() {
      holdsBytes = true;
      for (const socket of sockets) socket.pause();
    },
    releaseBytes() {
      holdsBytes = false;
      for (const socket of sockets) socket.resume();
    },
    recover() {
      closeAll();
      dropsBytes = false;
    },
    loseReplyTo: (text) => void (textOfLostReply = text),
    stop() {
      server.close();
      closeAll();
    },
  };
}

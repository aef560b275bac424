import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** Ends a server's connections without cutting an answer. */
export interface Draining {
  /**
   * Takes no new connection, and ends at once those on which no request waits for its answer: idle
   * ones, silent ones and those that sent half a request. The others end when they are answered.
   */
  drain(): Promise<void>;
  /** Cuts what is left. */
  cut(): void;
}

/** Follows the connections of a server that does not listen yet. */
export function followConnections(server: Server): Draining {
  const connections = new Map<Socket, Set<ServerResponse>>();
  server.on('connection', (socket) => {
    connections.set(socket, new Set());
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    const unanswered = connections.get(socket);
    unanswered?.add(response);
    if (!server.listening) sayClose(response);
    // Once the answer has been sent, or its reader is gone.
    response.once('close', () => {
      unanswered?.delete(response);
      if (!server.listening && unanswered?.size === 0) socket.destroySoon();
    });
  });

  return {
    drain: () =>
      new Promise((resolve) => {
        // Not http's own close(): that destroys a connection whose answer is complete, though a
        // slow reader may have taken only a part of it.
        NetServer.prototype.close.call(server, () => resolve());
        for (const [socket, unanswered] of connections) {
          for (const response of unanswered) sayClose(response);
          if (unanswered.size === 0) socket.destroySoon();
        }
      }),
    cut() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

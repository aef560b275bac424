import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** The requests of a connection. */
export interface Exchange {
  /** Responses that have not been sent to their end. */
  readonly unanswered: ReadonlySet<ServerResponse>;
  /** The response to the last request whose head was read. */
  readonly latest: ServerResponse | undefined;
}

/** The connections of a server, which can be ended without cutting an answer. */
export interface Connections {
  /**
   * Takes no new connection, and ends at once those on which no request waits for its answer: idle
   * ones, silent ones and those that sent half a request. The others end when they are answered.
   */
  drain(): Promise<void>;
  /** Cuts what is left. */
  cut(): void;
  /** `undefined` for a connection that has ended. */
  of(socket: Socket): Exchange | undefined;
}

/** Follows the connections of a server that does not listen yet. */
export function followConnections(server: Server): Connections {
  const connections = new Map<
    Socket,
    { unanswered: Set<ServerResponse>; latest: ServerResponse | undefined }
  >();
  server.on('connection', (socket) => {
    connections.set(socket, { unanswered: new Set(), latest: undefined });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    const exchange = connections.get(socket);
    if (exchange) {
      exchange.unanswered.add(response);
      exchange.latest = response;
    }
    if (!server.listening) sayClose(response);
    // Once the answer has been sent, or its reader is gone.
    response.once('close', () => {
      exchange?.unanswered.delete(response);
      if (!server.listening && exchange?.unanswered.size === 0) socket.destroySoon();
    });
  });

  return {
    drain: () =>
      new Promise((resolve) => {
        // Not http's own close(): that destroys a connection whose answer is complete, though a
        // slow reader may have taken only a part of it.
        NetServer.prototype.close.call(server, () => resolve());
        for (const [socket, { unanswered }] of connections) {
          for (const response of unanswered) sayClose(response);
          if (unanswered.size === 0) socket.destroySoon();
        }
      }),
    cut() {
      server.close();
      server.closeAllConnections();
    },
    of: (socket) => connections.get(socket),
  };
}

/** Tells the client that its connection ends with this answer. */
function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** The responses of one connection. */
export interface Exchange {
  /** Responses that are not sent completely. */
  readonly unanswered: ReadonlySet<ServerResponse>;
  /** The response to the last request with complete header fields. */
  readonly latest: ServerResponse | undefined;
}

/** The connections of a server, for connection draining. */
export interface ConnectionTracker {
  /**
   * Stops accepting connections and closes those without a pending response: idle ones and those with a
   * partial request. The others are closed after their response.
   */
  drain(): Promise<void>;
  /** Closes all connections immediately. */
  closeAll(): void;
  /** `undefined` for a closed connection. */
  of(socket: Socket): Exchange | undefined;
}

/** Tracks the connections of a server. Call it before the server listens. */
export function trackConnections(server: Server): ConnectionTracker {
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
    if (!server.listening) setConnectionClose(response);
    // The response has been sent, or the client has disconnected.
    response.once('close', () => {
      exchange?.unanswered.delete(response);
      if (!server.listening && exchange?.unanswered.size === 0) socket.destroySoon();
    });
  });

  return {
    drain: () =>
      new Promise((resolve) => {
        // Not the close() of http.Server: it destroys a connection after its response is written, even
        // if a slow client has received only a part of it.
        NetServer.prototype.close.call(server, () => resolve());
        for (const [socket, { unanswered }] of connections) {
          for (const response of unanswered) setConnectionClose(response);
          if (unanswered.size === 0) socket.destroySoon();
        }
      }),
    closeAll() {
      server.close();
      server.closeAllConnections();
    },
    of: (socket) => connections.get(socket),
  };
}

/** Announces to the client that the connection closes after this response. */
function setConnectionClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP connection between a pod and Redis that can be made to fail. */
export interface Link {
  readonly port: number;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Connections stay open, and nothing passes any more, in either direction. */
  silence(): void;
  /** Holds each packet back for a time of its own. Order is kept within a direction. */
  delay(delayMs: () => number): void;
  /** Ends the connections of now; new ones are taken. */
  reset(): void;
  /** New connections go to another server; the present ones end. */
  retarget(port: number): void;
  /** As at the start. Swallowed packets stay lost, so silent connections end. */
  heal(): void;
  close(): Promise<void>;
}

type Mood = 'well' | 'cut' | 'silent';

export async function openLink(target: number): Promise<Link> {
  let targetPort = target;
  let mood: Mood = 'well';
  let delayMs: (() => number) | undefined;
  const sockets = new Set<Socket>();

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  }

  function reset(): void {
    for (const socket of sockets) socket.destroy();
  }

  function pass(from: Socket, to: Socket): void {
    // One timer and one queue: two timers that end together may fire in either order.
    const delayed: { chunk: Buffer; dueAt: number }[] = [];
    let timer: NodeJS.Timeout | undefined;

    function release(): void {
      timer = undefined;
      while (delayed[0] && delayed[0].dueAt <= performance.now()) {
        const { chunk } = delayed.shift()!;
        if (mood !== 'silent' && !to.destroyed) to.write(chunk);
      }
      if (delayed[0]) timer = setTimeout(release, delayed[0].dueAt - performance.now());
    }

    from.on('data', (chunk: Buffer) => {
      if (mood === 'silent') return;
      const dueAt = performance.now() + (delayMs?.() ?? 0);
      delayed.push({ chunk, dueAt: Math.max(dueAt, delayed.at(-1)?.dueAt ?? 0) });
      if (timer === undefined) release();
    });
    from.on('close', () => {
      clearTimeout(timer);
      to.destroy();
    });
  }

  const server = createServer((client) => {
    if (mood === 'cut') {
      client.on('error', () => {});
      client.destroy();
      return;
    }
    const upstream = createConnection({ port: targetPort, host: '127.0.0.1' });
    keep(client);
    keep(upstream);
    pass(client, upstream);
    pass(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mood = 'cut';
      reset();
    },
    silence: () => void (mood = 'silent'),
    delay: (next) => void (delayMs = next),
    reset,
    retarget(port) {
      targetPort = port;
      reset();
    },
    heal() {
      if (mood === 'silent') reset();
      mood = 'well';
      delayMs = undefined;
    },
    async close() {
      server.close();
      reset();
      await once(server, 'close');
    },
  };
}

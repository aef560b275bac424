import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { now } from '../clock.ts';

/** Which entities were just written, by any pod: readers aim at these. */
export interface Acks {
  readonly port: number;
  setPeers(ports: readonly number[]): void;
  /** Announces an acknowledged write to all pods, this one included. Packets may be lost: they aim reads only. */
  announce(entity: number): void;
  /** An entity within its race window, at random. */
  pick(random: () => number): number | undefined;
}

/** Readers stop aiming a little before the window of the checker ends. */
const HOT_MS = 48;

export async function openAcks(): Promise<Acks> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let peers: readonly number[] = [];
  let hot: { entity: number; until: number }[] = [];

  function heat(entity: number): void {
    hot = hot.filter((other) => other.entity !== entity);
    hot.push({ entity, until: now() + HOT_MS });
  }

  socket.on('message', (packet) => heat(packet.readInt32LE(0)));
  return {
    port: socket.address().port,
    setPeers: (ports) => void (peers = ports),
    announce(entity) {
      heat(entity);
      const packet = Buffer.alloc(4);
      packet.writeInt32LE(entity);
      for (const port of peers) {
        if (port !== socket.address().port) socket.send(packet, port, '127.0.0.1', () => {});
      }
    },
    pick(random) {
      const time = now();
      while (hot[0] && hot[0].until < time) hot.shift();
      // The latest is read most often: the first milliseconds matter most.
      const index = hot.length - 1 - Math.floor(random() ** 2 * hot.length);
      return hot[index]?.entity;
    },
  };
}

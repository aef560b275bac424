import type { Redis } from 'ioredis';

/** The part of a connection that is used here; ioredis' types do not have all of it. */
interface Connection {
  status: string;
  stream?: { bytesRead: number; destroy(error: Error): void };
  commandQueue: { length: number };
  on(event: 'connect' | 'close' | 'end', listener: () => void): unknown;
}

/** Looks at a connection within the limit, which is therefore exceeded by a quarter at most. */
const LOOKS = 4;

/**
 * Drops a connection on which commands wait and nothing arrives for `silenceMs`, or up to a quarter
 * more, so that ioredis reconnects. Checks the connection regularly: ioredis' own `socketTimeout` sets
 * a timer for each command, which costs as much as the rest of a hit.
 */
export function dropWhenSilent(redis: Redis, silenceMs: number): void {
  const connection = redis as unknown as Connection;
  let timer: NodeJS.Timeout | undefined;
  let bytesRead = -1;
  let silentLooks = 0;

  function look(): void {
    const { stream, commandQueue } = connection;
    if (!stream || commandQueue.length === 0 || stream.bytesRead !== bytesRead) {
      bytesRead = stream?.bytesRead ?? -1;
      silentLooks = 0;
      return;
    }
    silentLooks += 1;
    if (silentLooks < LOOKS) return;
    silentLooks = 0;
    stream.destroy(new Error(`Redis gave no answer for ${silenceMs} ms`));
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  connection.on('connect', () => {
    stop();
    timer = setInterval(look, silenceMs / LOOKS).unref();
  });
  connection.on('close', stop);
  connection.on('end', stop);
}

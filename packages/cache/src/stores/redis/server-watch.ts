import type { ServerLike } from './redis-like.ts';
import { infoField } from './server-info.ts';
import { redisError } from './store-errors.ts';

/** Which incarnation of one server answers on its connection. */
export interface ServerWatch {
  /**
   * The prefix of the stamps of the live incarnation. `undefined` while there is none that may be
   * trusted: not connected, not queried yet, a replica, or cut off from its replicas.
   */
  readonly live: string | undefined;
  /** How far the server's clock is ahead of this process', in milliseconds. */
  readonly clockAheadMs: number;
  /** Queries the server now. Rejects if it does not answer, or would refuse writes. */
  check(): Promise<void>;
  /** Queries the server if it is connected and answered the last query. Never rejects. */
  beat(): void;
  stop(): void;
}

export interface ServerWatchOptions {
  server: ServerLike;
  /** Sent with each probe. Rejects with NOREPLICAS, READONLY or CLUSTERDOWN from a server that refuses writes. */
  heartbeat: () => Promise<unknown>;
  /** An answer that takes longer does not delay the next probe. */
  silenceMs: number;
  now: () => number;
  onGeneration: (generation: string) => void;
}

const ROUND_TRIP_MS = 100;

export function watchServer(options: ServerWatchOptions): ServerWatch {
  const { server, heartbeat, silenceMs, now, onGeneration } = options;
  let live: string | undefined;
  let clockAheadMs = 0;
  let clockKnown = false;
  let connection = 0;
  let askedAt: number | undefined;

  async function ask(): Promise<void> {
    const asked = connection;
    const sentAt = now();
    // Sent at once, in this order: a command that follows is answered after all of them.
    const answers = Promise.all([server.info('server'), server.info('replication')]);
    const beaten = heartbeat().then(
      () => undefined,
      (error: unknown) => error,
    );
    const [info, replication] = await answers;
    const refusal = refusalOf(await beaten);
    if (asked !== connection) return;
    readClock(info, sentAt);
    live = refusal ? undefined : liveStamps(info, replication);
    if (refusal) throw refusal;
    if (live === undefined) throw new Error('Redis is no master that reports its run_id');
    onGeneration(live);
  }

  function readClock(info: string, sentAt: number): void {
    const serverMs = Number(infoField(info, 'server_time_usec')) / 1000;
    const roundTripMs = now() - sentAt;
    // A slow answer is a worse estimate than an earlier one.
    if (Number.isNaN(serverMs) || (clockKnown && roundTripMs > ROUND_TRIP_MS)) return;
    clockKnown = true;
    clockAheadMs = serverMs - (sentAt + roundTripMs / 2);
  }

  function onReady(): void {
    connection += 1;
    askedAt = now();
    ask().then(answered, answered);
  }
  function onClose(): void {
    connection += 1;
    live = undefined;
    askedAt = undefined;
  }
  function answered(): void {
    askedAt = undefined;
  }
  server.on('ready', onReady);
  server.on('close', onClose);
  server.on('end', onClose);

  return {
    get live() {
      return live;
    },
    get clockAheadMs() {
      return clockAheadMs;
    },
    check: () => ask().catch(rethrow),
    beat() {
      if (server.status !== 'ready') return;
      if (askedAt !== undefined && now() - askedAt < silenceMs) return;
      askedAt = now();
      ask().then(answered, answered);
    },
    stop() {
      onClose();
      server.off('ready', onReady);
      server.off('close', onClose);
      server.off('end', onClose);
    },
  };
}

function rethrow(error: unknown): never {
  throw redisError(error);
}

/** Only these refusals concern the whole store; a heartbeat that fails otherwise voids nothing. */
function refusalOf(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^(?:NOREPLICAS|READONLY|CLUSTERDOWN)\b/.test(error.message) ? error : undefined;
}

/** As in `scripts/prelude.lua`. */
function liveStamps(info: string, replication: string): string | undefined {
  if (infoField(replication, 'role') !== 'master') return undefined;
  const run = infoField(info, 'run_id');
  const replicationId = infoField(replication, 'master_replid');
  if (!run || !replicationId) return undefined;
  return `E:${run.slice(0, 8)}-${replicationId.slice(0, 8)}:`;
}

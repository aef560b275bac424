import type { LocalMessage } from './local-message.ts';

/** Why the tier's entries may be older than its bound allows. */
export type LossReason = 'gap' | 'silence';

/**
 * Decides from the messages that arrive whether all invalidations have arrived. The rules, and why
 * they bound staleness, are in `local-tier.ts`.
 */
export interface LocalSync {
  /** Entries may be returned before this time; -Infinity while out of sync. */
  readonly aliveUntilMs: number;
  /** Drops entries and silent senders once `aliveUntilMs` has passed. False: out of sync, or entries were just dropped. */
  check(atMs: number): boolean;
  receive(message: LocalMessage): void;
  /** Messages may have been lost, from senders known or unknown. */
  interrupt(): void;
  /** Out of sync from now on, without a report. */
  stop(): void;
}

interface LocalSyncOptions {
  self: string;
  heartbeatMs: number;
  boundMs: number;
  now: () => number;
  /** Entries must be dropped. */
  onLost: (reason: LossReason) => void;
  /** Values of reads that begin from now on may be kept. */
  onSynced: () => void;
}

interface Sender {
  /** All invalidations up to this number have arrived. */
  received: number;
  /** Later ones that have arrived already. */
  ahead: Set<number>;
  /** The messages due before the sender's next heartbeat; after it, a missing one is lost. */
  due: number;
  /** This process' clock, no later than when the bus took the sender's last message that was in sync. */
  provenAtMs: number;
}

/**
 * How long own heartbeats must return before the tier is in sync, in intervals: time for every other
 * sender to send one. A later one would be unknown, and drop all entries.
 */
const INTERVALS_TO_JOIN = 1.5;
/** A sender this far ahead of a missing message is not reordered: the message is lost. */
const MAX_AHEAD = 1000;

export function createLocalSync(options: LocalSyncOptions): LocalSync {
  const { self, heartbeatMs, boundMs, now, onLost, onSynced } = options;
  const senders = new Map<string, Sender>();
  let lastBeat = 0;
  /** Since when every own heartbeat has returned. */
  let unbrokenSinceMs = Infinity;
  let provenAtMs = -Infinity;
  let inSync = false;
  let stopped = false;

  const sync = {
    aliveUntilMs: -Infinity,
    check,
    receive(message: LocalMessage) {
      if (message.sender !== self) receiveOther(message);
      else if (message.type === 'heartbeat') receiveOwn(message.beat, message.sentAtMs);
    },
    interrupt: () => leave('gap'),
    stop() {
      stopped = true;
      leave();
    },
  };
  return sync;

  function check(atMs: number): boolean {
    if (!inSync) return false;
    if (atMs < sync.aliveUntilMs) return true;
    renew();
    if (atMs < sync.aliveUntilMs) return true;
    // Own heartbeats are overdue as well: the bus is silent, not one sender.
    if (atMs >= provenAtMs + 2 * heartbeatMs) {
      leave('silence');
      return false;
    }
    removeSilentSenders(atMs);
    renew();
    // Back in time for the next read, but the entries of this one are gone.
    onLost('silence');
    return false;
  }

  /** A walk over all senders, so done when the time is up rather than with each message. */
  function renew(): void {
    let oldestMs = provenAtMs;
    for (const sender of senders.values()) oldestMs = Math.min(oldestMs, sender.provenAtMs);
    sync.aliveUntilMs = oldestMs + boundMs;
  }

  function removeSilentSenders(atMs: number): void {
    for (const [name, sender] of senders) {
      if (atMs >= sender.provenAtMs + boundMs) senders.delete(name);
    }
  }

  function leave(reason?: LossReason): void {
    const wasInSync = inSync;
    inSync = false;
    unbrokenSinceMs = Infinity;
    provenAtMs = sync.aliveUntilMs = -Infinity;
    senders.clear();
    if (wasInSync && reason) onLost(reason);
  }

  function receiveOwn(beat: number, sentAtMs: number): void {
    if (stopped || beat <= lastBeat) return;
    if (unbrokenSinceMs < Infinity && beat !== lastBeat + 1) leave('gap');
    lastBeat = beat;
    // A heartbeat that waited in a buffer while the process was stopped proves nothing about now.
    if (now() >= sentAtMs + boundMs) return;
    provenAtMs = sentAtMs;
    unbrokenSinceMs = Math.min(unbrokenSinceMs, sentAtMs);
    if (!inSync && sentAtMs >= unbrokenSinceMs + INTERVALS_TO_JOIN * heartbeatMs) {
      removeSilentSenders(now());
      inSync = true;
      onSynced();
    }
    if (inSync) renew();
  }

  function receiveOther(message: LocalMessage): void {
    const known = senders.get(message.sender);
    const count = message.type === 'invalidation' ? message.number : message.count;
    if (message.type === 'farewell') {
      senders.delete(message.sender);
      if (count > (known?.received ?? 0)) lose();
      return;
    }
    if (!known) {
      add(message.sender, count);
      // Only a sender's first invalidation, or a heartbeat that precedes it, has nothing before it.
      if (count > (message.type === 'invalidation' ? 1 : 0)) lose();
      return;
    }
    const complete =
      message.type === 'invalidation' ? arrive(known, count) : checkCount(known, count);
    if (!complete) {
      restart(known, count);
      lose();
    }
    if (isComplete(known)) known.provenAtMs = provenAtMs;
  }

  function add(name: string, received: number): void {
    senders.set(name, { received, ahead: new Set(), due: 0, provenAtMs });
    sync.aliveUntilMs = Math.min(sync.aliveUntilMs, provenAtMs + boundMs);
  }

  function lose(): void {
    if (inSync) onLost('gap');
  }
}

function arrive(sender: Sender, number: number): boolean {
  if (number > sender.received) sender.ahead.add(number);
  while (sender.ahead.delete(sender.received + 1)) sender.received += 1;
  return sender.ahead.size <= MAX_AHEAD;
}

/** A heartbeat sets the deadline for missing messages; the next one enforces it. */
function checkCount(sender: Sender, count: number): boolean {
  if (sender.received < sender.due) return false;
  sender.due = Math.max(count, ...sender.ahead);
  return true;
}

function restart(sender: Sender, count: number): void {
  sender.received = Math.max(count, sender.due, ...sender.ahead);
  sender.ahead.clear();
  sender.due = 0;
}

function isComplete({ received, due, ahead }: Sender): boolean {
  return received >= due && ahead.size === 0;
}

/** Sends one request and resolves with its answer. */
export type Request = () => Promise<{ status: number; cache: string | undefined }>;

/** The answers of a load. */
export interface Tally {
  sent: number;
  byStatus: Record<string, number>;
  /** Each `X-Cache`, in the order of the answers. Writes have none. */
  outcomes: string[];
  /** Answers with a status of 500 or more, and requests without an answer. */
  failures: string[];
  slowestMs: number;
}

export interface Load {
  /** Since the start or the last `clear`. */
  readonly tally: Tally;
  /** Starts a new tally. */
  clear(): void;
  /** Resolves once the last request is answered. */
  stop(): Promise<Tally>;
}

const newTally = (): Tally => ({ sent: 0, byStatus: {}, outcomes: [], failures: [], slowestMs: 0 });

/** Sends the requests of the mix in turn, at a constant rate that does not depend on the answers. */
export function constantLoad(mix: readonly Request[], perSecond: number): Load {
  let tally = newTally();
  let turn = 0;
  const pending = new Set<Promise<void>>();

  async function sendOne(request: Request, into: Tally): Promise<void> {
    const startedAt = performance.now();
    into.sent += 1;
    try {
      const { status, cache } = await request();
      into.byStatus[status] = (into.byStatus[status] ?? 0) + 1;
      if (cache) into.outcomes.push(cache);
      if (status >= 500) into.failures.push(`${new Date().toISOString()} ${status}`);
    } catch (error) {
      into.failures.push(`${new Date().toISOString()} ${describe(error)}`);
    }
    into.slowestMs = Math.max(into.slowestMs, Math.round(performance.now() - startedAt));
  }

  function sendNext(): void {
    const sending = sendOne(mix[turn++ % mix.length]!, tally).finally(() => {
      pending.delete(sending);
    });
    pending.add(sending);
  }

  const startedAt = performance.now();
  const timer = setInterval(() => {
    // A busy machine skips ticks, so a tick sends every request that is due.
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    while (turn < due) sendNext();
  }, 1000 / perSecond);

  return {
    get tally() {
      return tally;
    },
    clear() {
      tally = newTally();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return tally;
    },
  };
}

/** `80 requests, 200 × 80, HIT × 72, MISS × 8; 0 failed; slowest 31 ms`. */
export function describeTally({ sent, byStatus, outcomes, failures, slowestMs }: Tally): string {
  const byOutcome = Object.groupBy(outcomes, (outcome) => outcome);
  const counts = [
    ...Object.entries(byStatus),
    ...Object.entries(byOutcome).map(([outcome, all]) => [outcome, all?.length]),
  ];
  const parts = [`${sent} requests`, ...counts.map(([name, count]) => `${name} × ${count}`)];
  return `${parts.join(', ')}; ${failures.length} failed; slowest ${slowestMs} ms`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** What is asked again and again: one request of the mix, to its answer. */
export type Request = () => Promise<{ status: number; cache: string | null }>;

/** How requests at a constant rate were answered. */
export interface Tally {
  sent: number;
  byStatus: Record<string, number>;
  /** Each `X-Cache` in the order of the answers; writes have none. */
  outcomes: string[];
  /** Answers of 500 and above, and requests without any. */
  failures: string[];
  slowestMs: number;
}

export interface Load {
  /** So far. */
  readonly tally: Tally;
  /** Forgets what was counted so far. */
  restart(): void;
  /** Until the last is answered. */
  stop(): Promise<Tally>;
}

const newTally = (): Tally => ({ sent: 0, byStatus: {}, outcomes: [], failures: [], slowestMs: 0 });

/** Sends the mix's requests in turn at a constant rate, however slow the answers are. */
export function constantLoad(mix: readonly Request[], perSecond: number): Load {
  let tally = newTally();
  let turn = 0;
  const underWay = new Set<Promise<void>>();

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
      underWay.delete(sending);
    });
    underWay.add(sending);
  }

  const startedAt = performance.now();
  const timer = setInterval(() => {
    // A busy machine skips ticks: what is due by now, and not one a tick.
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    while (turn < due) sendNext();
  }, 1000 / perSecond);

  return {
    get tally() {
      return tally;
    },
    restart() {
      tally = newTally();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return tally;
    },
  };
}

/** For people: `80 requests, 200 × 80, HIT × 72, MISS × 8; 0 failed; slowest 31 ms`. */
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

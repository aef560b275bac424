import { Gauge } from 'prom-client';

import { tallies, type MetricGroup } from './group.ts';

/** The invalidations that writes left in the database, as this process last saw them. */
export const outboxMetrics: MetricGroup = ({ registry, now }) => {
  const registers = [registry];
  const pending = new Gauge({
    name: 'cache_outbox_pending',
    help: 'Outbox rows that are not marked as applied, in the whole table, at the last look',
    registers,
  });
  let lagMs = 0;
  let lookedAtMs: number | undefined;
  const lag = new Gauge({
    name: 'cache_outbox_lag_seconds',
    help: 'Age that the oldest outbox row not marked as applied may have: its age at the last look, and the time since then',
    registers,
    // Not the last look's age alone: an outbox that cannot be read must not look like an empty one.
    collect() {
      lag.set(lookedAtMs === undefined ? 0 : (lagMs + now() - lookedAtMs) / 1000);
    },
  });
  const dispatched = tallies({
    name: 'cache_outbox_dispatched_total',
    help: 'Outbox rows that this process applied, because their writers had not',
    registers,
  })({});
  const errors = tallies({
    name: 'cache_outbox_errors_total',
    help: 'Reported failures to read, apply or mark outbox rows',
    registers,
  })({});
  return {
    outbox(event) {
      pending.set(event.pending);
      lagMs = event.lagMs;
      lookedAtMs = now();
      dispatched.count += event.dispatched;
    },
    'outbox-failed': () => {
      errors.count += 1;
      lookedAtMs ??= now();
    },
  };
};

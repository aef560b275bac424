import type { MetricsContext } from '@relay/service-kit/metrics/latency';
import { Counter } from 'prom-client';

/** Counts the runs of the job that removes names of removed users, and its changes. */
export interface RemovedUserMetrics {
  done(): void;
  failed(): void;
  renamed(posts: number): void;
}

export function createRemovedUserMetrics({
  registry,
}: Pick<MetricsContext, 'registry'>): RemovedUserMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: 'post_removed_user_runs_total',
    help: 'Runs that fetch removed users and remove their names from posts, by result',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['ok', 'failed']) runs.inc({ result }, 0);
  const posts = new Counter({
    name: 'post_author_names_removed_total',
    help: 'Posts on which this process has replaced the author by [removed]',
    registers,
  });
  return {
    done: () => runs.inc({ result: 'ok' }),
    failed: () => runs.inc({ result: 'failed' }),
    renamed: (count) => posts.inc(count),
  };
}

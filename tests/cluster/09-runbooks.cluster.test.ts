import { globSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { metricsOf } from '../../grafana/testing/metrics.ts';
import { blocksUnder, runDocumented } from './support/documents.ts';
import { query } from './support/prometheus.ts';

const FOLDER = 'charts/relay/alerts';
const pages = globSync('*/runbook.md', { cwd: FOLDER }).toSorted();

/** kind's stack has neither kube-state-metrics nor the kubelet's figures of volumes. */
const isHere = (metric: string) => !/^kube(?:let)?_/.test(metric);

describe.each(pages)('the diagnosis of %s', (page) => {
  test('has commands that run as they stand, and end', async ({ annotate }) => {
    const blocks = await blocksUnder(`${FOLDER}/${page}`, 'Diagnosis', 'bash');
    expect(blocks).not.toHaveLength(0);
    for (const block of blocks) {
      await runDocumented(block, { timeoutMs: 60_000 });
    }
    await annotate(`${page}: ${blocks.length} blocks of commands`);
  });

  test('has queries that Prometheus understands', async ({ annotate }) => {
    const blocks = await blocksUnder(`${FOLDER}/${page}`, 'Diagnosis', 'promql');
    const queries = blocks.flatMap((block) => block.trim().split('\n'));
    expect(queries).not.toHaveLength(0);
    const answers = await Promise.all(queries.map(async (one) => query(one)));
    // A good question may have no answer now, but not because nothing has such a metric.
    const metrics = new Set(queries.flatMap((one) => metricsOf(one)).filter(isHere));
    const known = await Promise.all(
      [...metrics].map(async (name) => [
        name,
        (await query(`count(last_over_time(${name}[1h]))`)).length > 0,
      ]),
    );
    expect(known.filter(([, isKnown]) => !isKnown)).toEqual([]);
    const answered = answers.filter((samples) => samples.length > 0);
    await annotate(`${page}: ${answered.length} of ${queries.length} queries have an answer now`);
  });
});

import { globSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { metricsOf } from '../../grafana/testing/metrics.ts';
import { blocksUnder, runDocumented } from './support/documents.ts';
import { query } from './support/prometheus.ts';

const FOLDER = 'charts/relay/alerts';
const pages = globSync('*/runbook.md', { cwd: FOLDER }).toSorted();

/** A cluster may have neither kube-state-metrics nor the kubelet's metrics of volumes. */
const isScraped = (metric: string) => !/^kube(?:let)?_/.test(metric);

describe.each(pages)('the diagnosis of %s', (page) => {
  test('has commands that run as written, and exit', async ({ annotate }) => {
    const blocks = await blocksUnder(`${FOLDER}/${page}`, 'Diagnosis', 'bash');
    expect(blocks).not.toHaveLength(0);
    for (const block of blocks) {
      await runDocumented(block, { timeoutMs: 60_000 });
    }
    await annotate(`${page}: ${blocks.length} blocks of commands`);
  });

  test('has queries that Prometheus evaluates', async ({ annotate }) => {
    const blocks = await blocksUnder(`${FOLDER}/${page}`, 'Diagnosis', 'promql');
    const queries = blocks.flatMap((block) => block.trim().split('\n'));
    expect(queries).not.toHaveLength(0);
    const answers = await Promise.all(queries.map((promql) => query(promql)));
    // A query may return nothing now, but its metrics must exist.
    const metrics = new Set(queries.flatMap((promql) => metricsOf(promql)).filter(isScraped));
    const known = await Promise.all(
      [...metrics].map(async (name) => [
        name,
        (await query(`count(last_over_time(${name}[1h]))`)).length > 0,
      ]),
    );
    expect(known.filter(([, isKnown]) => !isKnown)).toEqual([]);
    const answered = answers.filter((samples) => samples.length > 0);
    await annotate(`${page}: ${answered.length} of ${queries.length} queries return series`);
  });
});

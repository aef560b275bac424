import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import { dashboards } from '../../grafana/src/dashboards.ts';
import { interpolate, intervalSeconds, type View } from '../../grafana/src/interpolate.ts';
import { queriesOf, variableQueriesOf, type SentQuery } from '../../grafana/src/queries-of.ts';
import type { Sample, Series } from '../../tools/kit/prometheus.ts';
import { eventually } from '../../tools/kit/wait.ts';
import { logIn, PASSWORD, type Client } from './support/api.ts';
import { core, relay } from './support/cluster.ts';
import { constantLoad, type Load, type Request } from './support/load.ts';
import { prometheus } from './support/prometheus.ts';

const VIEW: View = {
  variables: {
    cluster: '.*',
    namespace: relay.namespace,
    release: 'relay',
    service: ['auth', 'post', 'web'],
  },
  // Short, because earlier tests may have removed pods.
  rangeSeconds: 300,
  scrapeSeconds: 15,
  maxDataPoints: 600,
};
/** Some scrapes under load, and the evaluation of the rules. */
const SOON = { withinMs: 180_000, everyMs: 2000 };

let client: Client;
let load: Load;
beforeAll(async () => {
  client = await logIn(inject('email'));
  load = constantLoad(everyRequest(), 10);
});
afterAll(async () => {
  await load.stop();
});

test("every dashboard is in a ConfigMap that Grafana's sidecar loads", async () => {
  const found = await deployed();
  expect(new Set(found.keys())).toEqual(new Set(dashboards.map(({ uid }) => uid)));
});

test.for(dashboards.map(({ uid, title }) => ({ uid: uid!, title: title! })))(
  'every query of $title returns data within a second',
  async ({ uid, title }, { annotate }) => {
    const queries = queriesOf((await deployed()).get(uid)!);
    let remaining = queries;
    await eventually(
      'all panels and annotations have data',
      async () => {
        const problems: string[] = [];
        const failing: SentQuery[] = [];
        for (const query of remaining) {
          const problem = await problemOf(query);
          if (!problem) continue;
          problems.push(problem);
          failing.push(query);
        }
        remaining = failing;
        expect(problems).toEqual([]);
      },
      SOON,
    );
    await annotate(`${title}: ${queries.length} queries`);
  },
);

test('the variables offer the release', async () => {
  for (const dashboard of (await deployed()).values()) {
    const choices: Record<string, string[]> = {};
    for (const { name, series, label, regex } of variableQueriesOf(dashboard)) {
      const values = await prometheus().labelValues(interpolate(series, VIEW), label);
      choices[name] = values.map((value) => regex.exec(value)?.[1] ?? '');
    }
    expect(choices['namespace']).toContain(relay.namespace);
    expect(new Set(choices['release'])).toEqual(new Set(['relay']));
  }
});

/** The dashboards of the release, by uid. */
async function deployed(): Promise<Map<string, Dashboard>> {
  const { items } = await core().listNamespacedConfigMap({
    namespace: relay.namespace,
    labelSelector: 'grafana_dashboard=1,app.kubernetes.io/instance=relay',
  });
  const all = items
    .flatMap(({ data = {} }) => Object.values(data))
    .map((text) => JSON.parse(text) as Dashboard);
  return new Map(all.map((dashboard) => [dashboard.uid!, dashboard]));
}

/** The problem with the result of a query; undefined without one. */
async function problemOf({
  from,
  expr,
  legend,
  isInstant,
}: SentQuery): Promise<string | undefined> {
  const sent = interpolate(expr, VIEW);
  const toMs = Date.now();
  const fromMs = toMs - VIEW.rangeSeconds * 1000;
  const range = { fromMs, toMs, stepSeconds: intervalSeconds(VIEW) };
  const options = { timeoutSeconds: 1 };
  const { query, queryRange } = prometheus();
  try {
    const series = await (isInstant ? query(sent, options) : queryRange(sent, range, options));
    const isData = series.some((one) => valuesOf(one).some((value) => Number.isFinite(value)));
    if (!isData) return `${from}: no data for ${sent}`;
    // A query about faults returns a zero without labels.
    const isUnlabelled = series.every(({ labels }) => Object.keys(labels).length === 0);
    if (isUnlabelled && sent.endsWith('or vector(0)')) return undefined;
    const names = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
    const missing = names.find((name) => !series.some(({ labels }) => name in labels));
    return missing && `${from}: no label ${missing} in the result of ${sent}`;
  } catch (error) {
    return `${from}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const valuesOf = (result: Sample | Series): number[] =>
  'points' in result ? result.points.map(({ value }) => value) : [result.value];

/** One request of each kind: hits, misses, writes, logins that succeed and fail. */
function everyRequest(): Request[] {
  return [
    () => client.list(),
    () => client.send('GET', '/'),
    () => client.send('GET', '/api/posts/top'),
    () => client.send('GET', `/api/posts?user=${crypto.randomUUID()}`),
    () =>
      client.send('POST', '/api/posts', { title: 'For a dashboard', url: 'https://example.com' }),
    () => client.list(),
    () => client.send('GET', '/api/auth/me'),
    () => logInAs(client.email),
    // An unknown user: the failed logins of a user are rate-limited.
    () => logInAs(`${crypto.randomUUID()}@example.com`),
  ];
}

const logInAs = (email: string) =>
  client.send('POST', '/api/auth/login', { email, password: PASSWORD });

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import { dashboards } from '../../grafana/src/dashboards.ts';
import { interpolate, intervalSeconds, type View } from '../../grafana/src/interpolate.ts';
import { queriesOf, variableQueriesOf, type SentQuery } from '../../grafana/src/queries-of.ts';
import { logIn, type Client } from './support/api.ts';
import { core, relay } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { constantLoad, type Load, type Request } from './support/load.ts';
import { labelValues, panelQuery } from './support/prometheus.ts';

const VIEW: View = {
  variables: {
    cluster: '.*',
    namespace: relay.namespace,
    release: 'relay',
    service: ['auth', 'post'],
  },
  // What was before, tests may have taken away.
  rangeSeconds: 300,
  scrapeSeconds: 15,
  maxDataPoints: 600,
};
/** Some scrapes under load, and the rules after them. */
const SOON = { withinMs: 180_000, everyMs: 2000 };

let client: Client;
let load: Load;
beforeAll(async () => {
  client = await logIn(inject('email'));
  load = constantLoad(everything(), 10);
});
afterAll(async () => {
  await load.stop();
});

test("every dashboard is where Grafana's sidecar looks for it", async () => {
  const found = await deployed();
  expect(new Set(found.keys())).toEqual(new Set(dashboards.map(({ uid }) => uid)));
});

test.for(dashboards.map(({ uid, title }) => ({ uid: uid!, title: title! })))(
  'every query of $title returns data within a second',
  async ({ uid, title }, { annotate }) => {
    const queries = queriesOf((await deployed()).get(uid)!);
    let without = queries;
    await eventually(
      'all panels and annotations have data',
      async () => {
        const troubles: string[] = [];
        const still: SentQuery[] = [];
        for (const query of without) {
          const trouble = await troubleOf(query);
          if (!trouble) continue;
          troubles.push(trouble);
          still.push(query);
        }
        without = still;
        expect(troubles).toEqual([]);
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
      const values = await labelValues(interpolate(series, VIEW), label);
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

/** What is wrong with what a query returns; undefined: nothing. */
async function troubleOf({
  from,
  expr,
  legend,
  isInstant,
}: SentQuery): Promise<string | undefined> {
  const sent = interpolate(expr, VIEW);
  const range = { seconds: VIEW.rangeSeconds, stepSeconds: intervalSeconds(VIEW) };
  try {
    const series = await panelQuery(sent, isInstant ? undefined : range);
    const isData = series.some(({ values }) => values.some((value) => Number.isFinite(value)));
    if (!isData) return `${from}: no data for ${sent}`;
    // The zero of a query about faults: it is not about anybody.
    const isNobody = series.every(({ metric }) => Object.keys(metric).length === 0);
    if (isNobody && sent.endsWith('or vector(0)')) return undefined;
    const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    const unnamed = labels.find((label) => !series.some(({ metric }) => label in metric));
    return unnamed && `${from}: no label ${unnamed} in what ${sent} returns`;
  } catch (error) {
    return `${from}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Of each kind of request one, hits, misses, writes, and passwords right and wrong among them. */
function everything(): Request[] {
  return [
    () => client.list(),
    () => client.send('GET', '/api/posts/top'),
    () => client.send('GET', `/api/posts?user=${crypto.randomUUID()}`),
    () =>
      client.send('POST', '/api/posts', { title: 'For a dashboard', url: 'https://example.com' }),
    () => client.list(),
    () => client.send('GET', '/api/auth/me'),
    () => logInAs(client.email),
    // Of nobody: a person's own logins would come to their limit.
    () => logInAs(`${crypto.randomUUID()}@example.com`),
  ];
}

const logInAs = (email: string) =>
  client.send('POST', '/api/auth/login', { email, password: 'password123' });

import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DashboardLink,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Stands for `prometheusRule.runbookUrl`: the chart puts that in its place, or removes the links. */
export const RUNBOOKS = 'https://runbooks.invalid';

/** A link's builder, as the SDK takes it. */
export interface Link {
  build(): DashboardLink;
}

export type AlertName = `Relay${string}`;

export function runbook(alert: AlertName): Link {
  return visible(
    new DashboardLinkBuilder(`Runbook: ${alert}`)
      .type(DashboardLinkType.Link)
      .url(`${RUNBOOKS}/${alert}.md`)
      .targetBlank(true),
  );
}

/** The other dashboards, about the same release and time. */
export function otherDashboards(): Link {
  return visible(
    new DashboardLinkBuilder('Relay')
      .type(DashboardLinkType.Dashboards)
      .tags(['relay'])
      .icon('external link')
      .asDropdown(true)
      .includeVars(true)
      .keepTime(true),
  );
}

/** A query in Explore. It may name variables and, as `${__data.fields.route}`, fields of its row. */
export function explore(title: string, expr: string): Link {
  const panes = {
    relay: {
      datasource: '${datasource}',
      queries: [{ refId: 'A', expr, datasource: { type: 'prometheus', uid: '${datasource}' } }],
      range: { from: 'now-1h', to: 'now' },
    },
  };
  // Grafana fills in variables only where they are not encoded.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replaceAll(
    /%24%7B([\w.]+)%7D/g,
    '${$1}',
  );
  return visible(
    new DashboardLinkBuilder(title)
      .type(DashboardLinkType.Link)
      .url(`/explore?schemaVersion=1&orgId=1&panes=${encoded}`),
  );
}

/** The SDK puts every link into a menu, and has no other place for it. */
function visible(link: DashboardLinkBuilder): Link {
  const { placement: _, ...rest } = link.build();
  return { build: () => rest };
}

import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

/** A query that a dashboard sends, with its variables still in it. */
export interface SentQuery {
  /** `panel Hit ratio, A`, `annotation Deploys`. */
  from: string;
  expr: string;
  /** With `{{pod}}` for a label. */
  legend: string;
  /** Of one moment, not of the whole range. */
  isInstant: boolean;
}

/** Every query that opening a dashboard sends: those of its panels and of its annotations. */
export function queriesOf(dashboard: Dashboard): SentQuery[] {
  const panels = panelsOf(dashboard).flatMap(({ title = '', targets = [] }) =>
    (targets as Dataquery[]).map(({ refId, expr, legendFormat = '', instant }) => ({
      from: `panel ${title}, ${refId}`,
      expr,
      legend: legendFormat,
      isInstant: instant === true,
    })),
  );
  const annotations = (dashboard.annotations.list ?? []).map(
    ({ name, expr = '', titleFormat = '' }) => ({
      from: `annotation ${name}`,
      expr,
      legend: titleFormat,
      isInstant: false,
    }),
  );
  return [...panels, ...annotations];
}

/** A variable with values from Prometheus. */
export interface VariableQuery {
  name: string;
  /** The series with the label. */
  series: string;
  label: string;
  /** Takes a part of the label's value; its first group is the variable's. */
  regex: RegExp;
}

/** In the order in which they need each other. */
export function variableQueriesOf({ templating: { list = [] } }: Dashboard): VariableQuery[] {
  return list.flatMap(({ name, query, regex = '/(.*)/' }) => {
    const text = typeof query === 'object' ? String(query['query']) : '';
    const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
    if (series === undefined || label === undefined) return [];
    return [{ name, series, label, regex: new RegExp(regex.slice(1, -1)) }];
  });
}

/** Without the rows' headings. */
export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.flatMap((panel) => (isRow(panel) ? panel.panels : [panel]));
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

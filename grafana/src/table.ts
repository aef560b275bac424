import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';

import type { Link } from './links.ts';
import { dressed, targets, type PanelSpec } from './panels.ts';

/** A column, from a label or from the query of the same place. */
export interface Column {
  /** A label's name, or the query's letter. */
  from: string;
  title: string;
  unit?: string;
  /** Where a cell leads. */
  link?: Link;
}

interface TableSpec extends PanelSpec {
  columns: Column[];
  /** Title of a column, largest first. */
  sortedBy?: string;
}

/** A row per set of labels, with a column per label and query: the figures now. */
export function table({ columns, sortedBy, ...spec }: TableSpec): TableBuilder {
  const panel = dressed(new TableBuilder(), spec);
  for (const query of targets(spec))
    panel.withTarget(query.instant().format(PromQueryFormat.Table));
  const names = columns.map(({ from }) => field(from, spec));
  panel
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(names.map((name, index) => [name, columns[index]!.title])),
      },
    });
  for (const { title, unit, link } of columns) {
    const properties = [
      ...(unit ? [{ id: 'unit', value: unit }] : []),
      ...(link ? [{ id: 'links', value: [link.build()] }] : []),
    ];
    if (properties.length > 0) panel.overrideByName(title, properties);
  }
  if (sortedBy) {
    panel.sortBy([new TableSortByFieldStateBuilder().displayName(sortedBy).desc(true)]);
  }
  return panel;
}

/** Grafana calls the values of query A `Value #A` where there are several, and `Value` else. */
function field(from: string, { queries }: PanelSpec): string {
  if (!/^[A-Z]$/.test(from)) return from;
  return queries.length === 1 ? 'Value' : `Value #${from}`;
}

import type { Series, TimeRange } from '../../kit/prometheus.ts';
import { heatMap, lineChart, namesOf, stateTimeline, type Drawn } from './chart.ts';
import { COLUMN_PX, legendHtml, ROW_PX, statHtml, tableHtml, type Shown } from './page.ts';
import { colorOf, columnsOf, limitsOf, mappedOf, unitOf, type Panel } from './panels.ts';
import { legend } from './series.ts';
import { formatValue } from './units.ts';

/** The height of a panel's title, padding and legend. */
const TITLE_PX = 44;
const LEGEND_PX = 34;
const PADDING_PX = 26;

/**
 * A panel with the results of its queries.
 *
 * @throws Error for an unsupported type of panel
 */
export function picture(panel: Panel, drawn: readonly Drawn[], range: TimeRange): Shown {
  const shown = { title: panel.title, place: panel.gridPos };
  switch (panel.type) {
    case 'row':
      return { ...shown, html: '' };
    case 'stat':
      return { ...shown, html: statHtml(latest(panel, drawn)) };
    case 'table':
      return { ...shown, html: tableHtml(rowsOf(panel, drawn)) };
    case 'heatmap':
      return { ...shown, html: heatMap(drawn, chart(panel, 0, range)) };
    case 'state-timeline': {
      const color = (value: number) => colorOf(panel, value);
      return { ...shown, html: stateTimeline(drawn, { ...chart(panel, 0, range), color }) };
    }
    case 'timeseries': {
      const html = lineChart(drawn, chart(panel, LEGEND_PX, range));
      return { ...shown, html: html + legendHtml(namesOf(drawn)) };
    }
    default:
      throw new Error(`${panel.title}: there is no picture of a ${panel.type}`);
  }
}

function chart(panel: Panel, legendPx: number, range: TimeRange) {
  const { gridPos, fieldConfig } = panel;
  return {
    width: gridPos.w * COLUMN_PX - PADDING_PX,
    height: gridPos.h * ROW_PX - TITLE_PX - legendPx,
    range,
    unit: fieldConfig.defaults.unit,
    stacked: fieldConfig.defaults.custom?.stacking?.mode === 'normal',
    limits: limitsOf(panel),
  };
}

/** The last value of each series. */
function latest(panel: Panel, drawn: readonly Drawn[]) {
  return drawn.flatMap(({ legendFormat, series }) =>
    ofNow(series).map((one) => {
      const value = lastOf(one);
      const text = mappedOf(panel, value)?.text ?? formatValue(value, unitOf(panel, ''));
      return { name: legend(legendFormat, one.labels), text, color: colorOf(panel, value) };
    }),
  );
}

/** A heading, then a row for each set of labels, with the last value of each query. */
function rowsOf(panel: Panel, drawn: readonly Drawn[]): string[][] {
  const rows = new Map<string, Record<string, string>>();
  const columns = columnsOf(panel);
  drawn.forEach(({ series }, index) => {
    // Grafana's name of the value of a query; the name of a single query has no letter.
    const field = drawn.length === 1 ? 'Value' : `Value #${panel.targets[index]!.refId}`;
    const unit = unitOf(panel, columns.find((column) => column.field === field)?.name ?? '');
    for (const one of ofNow(series)) {
      const key = JSON.stringify(
        Object.entries(one.labels).toSorted(([a], [b]) => a.localeCompare(b)),
      );
      const row = rows.get(key) ?? { ...one.labels };
      rows.set(key, { ...row, [field]: formatValue(lastOf(one), unit) });
    }
  });
  const cells = [...rows.values()].map((row) => columns.map(({ field }) => row[field] ?? ''));
  return [columns.map(({ name }) => name), ...cells];
}

/** Without ended series, such as those of deleted pods. */
function ofNow(series: readonly Series[]): Series[] {
  const lastMs = Math.max(...series.map(endsMs));
  return series.filter((one) => endsMs(one) === lastMs);
}

function endsMs({ points }: Series): number {
  return points.at(-1)?.atMs ?? 0;
}

function lastOf({ points }: Series): number {
  return points.findLast(({ value }) => Number.isFinite(value))?.value ?? Number.NaN;
}

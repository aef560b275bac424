import { heatMap, lineChart, namesOf, type Drawn } from './chart.ts';
import { COLUMN_PX, legendHtml, ROW_PX, statHtml, type Shown } from './page.ts';
import { colorOf, stepsOf, type Panel } from './panels.ts';
import { legend, type TimeRange } from './series.ts';
import { formatValue } from './units.ts';

/** What a title, padding and a legend take of a panel. */
const TITLE_PX = 44;
const LEGEND_PX = 34;
const PADDING_PX = 26;

/**
 * A panel with what its queries gave.
 *
 * @returns undefined for kinds of panels that are not drawn: tables, text
 */
export function picture(panel: Panel, drawn: readonly Drawn[], range: TimeRange): Shown | undefined {
  const shown = { title: panel.title, place: panel.gridPos };
  if (panel.type === 'row') return { ...shown, html: '' };
  if (['stat', 'gauge', 'bargauge'].includes(panel.type)) {
    return { ...shown, html: statHtml(latest(panel, drawn)) };
  }
  if (panel.type === 'heatmap') return { ...shown, html: heatMap(drawn, chart(panel, 0, range)) };
  if (panel.type !== 'timeseries') return undefined;
  const names = namesOf(drawn);
  return { ...shown, html: lineChart(drawn, chart(panel, LEGEND_PX, range)) + legendHtml(names) };
}

function chart(panel: Panel, legendPx: number, { fromMs, toMs }: TimeRange) {
  const { gridPos, fieldConfig } = panel;
  return {
    width: gridPos.w * COLUMN_PX - PADDING_PX,
    height: gridPos.h * ROW_PX - TITLE_PX - legendPx,
    fromMs,
    toMs,
    unit: fieldConfig?.defaults.unit,
    stacked: fieldConfig?.defaults.custom?.stacking?.mode === 'normal',
    limits: stepsOf(panel).flatMap(({ value }) => value ?? []),
  };
}

/** Each series' last value. */
function latest(panel: Panel, drawn: readonly Drawn[]) {
  return drawn.flatMap(({ legendFormat, series }) =>
    series.map(({ labels, points }) => {
      const value = points.findLast((point) => Number.isFinite(point.value))?.value ?? Number.NaN;
      const text = formatValue(value, panel.fieldConfig?.defaults.unit);
      return { name: legend(legendFormat, labels), text, color: colorOf(panel, value) };
    }),
  );
}

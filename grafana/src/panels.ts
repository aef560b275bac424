import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  PanelBuilder as HeatmapBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

import { runbook, type AlertName } from './links.ts';
import type { Query } from './queries.ts';
import { none, type Thresholds } from './thresholds.ts';
import { DATASOURCE } from './variables.ts';

export type PanelBuilder =
  | GraphBuilder
  | HeatmapBuilder
  | StatBuilder
  | TableBuilder
  | TimelineBuilder;

export interface PanelSpec {
  title: string;
  /** One sentence: the content, and the normal value or the action to take. */
  description: string;
  unit: string;
  queries: Query[];
  thresholds?: Thresholds;
  /** Those that fire on this figure. */
  alerts?: AlertName[];
}

interface GraphSpec extends PanelSpec {
  /** Parts of a whole, such as outcomes. */
  stacked?: boolean;
  /** The top of the axis, such as 1 of a share. */
  max?: number;
}

/** Lines over time. */
export function graph({ stacked = false, max, ...spec }: GraphSpec): GraphBuilder {
  const isLimited = spec.thresholds !== undefined;
  const panel = dressed(new GraphBuilder(), spec)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 8)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .stacking(
      new StackingConfigBuilder()
        .mode(stacked ? StackingMode.Normal : StackingMode.None)
        .group('A'),
    )
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        isLimited ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
      ),
    )
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(legend())
    .tooltip(tooltip())
    .axisSoftMin(0);
  for (const query of targets(spec)) panel.withTarget(query.range());
  return max === undefined ? panel : panel.max(max);
}

interface StatSpec extends PanelSpec {
  /** Words in the place of numbers. */
  words?: Words;
  decimals?: number;
  /** Shown if there is no value. */
  noValue?: string;
}

/** The figure now, over its last hour. */
export function stat({ words, decimals, noValue, ...spec }: StatSpec): StatBuilder {
  const panel = dressed(new StatBuilder(), spec)
    .colorMode(BigValueColorMode.Value)
    .graphMode(words ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  for (const query of targets(spec)) panel.withTarget(query.range());
  if (words) panel.mappings([mapping(words)]);
  if (decimals !== undefined) panel.decimals(decimals);
  return noValue === undefined ? panel : panel.noValue(noValue);
}

/** One bar per series, with its state as the colour. */
export function timeline({ words, ...spec }: PanelSpec & { words: Words }): TimelineBuilder {
  const panel = dressed(new TimelineBuilder(), spec)
    .mappings([mapping(words)])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.8)
    .fillOpacity(70)
    .lineWidth(0)
    .legend(legend())
    .tooltip(tooltip());
  for (const query of targets(spec)) panel.withTarget(query.range());
  return panel;
}

/** How often a histogram observed which values. */
export function heatmap(spec: PanelSpec): HeatmapBuilder {
  const panel = dressed(new HeatmapBuilder(), spec)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(spec.unit))
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .exemplarsColor('rgba(31, 96, 196, 0.7)')
    .showLegend()
    .tooltip(
      new HeatmapTooltipBuilder()
        .mode(TooltipDisplayMode.Single)
        .yHistogram(true)
        .showColorScale(true),
    );
  for (const query of targets(spec)) {
    panel.withTarget(query.range().format(PromQueryFormat.Heatmap));
  }
  return panel;
}

/** The text and colour of each number. */
export type Words = Record<number, [text: string, color: 'green' | 'orange' | 'red']>;

/** Applies the settings that every panel shares. */
export function dressed<P extends PanelBuilder>(panel: P, spec: PanelSpec): P {
  panel.title(spec.title);
  panel.description(spec.description);
  panel.unit(spec.unit);
  panel.datasource(DATASOURCE);
  panel.thresholds(spec.thresholds ?? none());
  panel.links((spec.alerts ?? []).map((alert) => runbook(alert)));
  return panel;
}

/** The panel's queries, named A, B, C as Grafana names them. */
export function targets({ queries }: PanelSpec): DataqueryBuilder[] {
  return queries.map(({ expr, legend: text, exemplars = false }, index) =>
    new DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .datasource(DATASOURCE)
      .expr(expr)
      .legendFormat(text)
      .exemplar(exemplars),
  );
}

function mapping(words: Words): ValueMapping {
  const options = Object.entries(words).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);
}

function tooltip(): VizTooltipOptionsBuilder {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { otherDashboards } from './links.ts';
import type { PanelBuilder } from './panels.ts';
import { HERE, of } from './queries.ts';
import { commonVariables, DATASOURCE, serviceVariable } from './variables.ts';

const COLUMNS = 24;

/** A headed group of lines; the panels of a line share its width. */
export interface Row {
  title: string;
  lines: PanelBuilder[][];
}

export interface DashboardSpec {
  uid: `relay-${string}`;
  title: string;
  description: string;
  /** Whether one of the services can be chosen. */
  byService?: boolean;
  rows: Row[];
}

export function dashboard(spec: DashboardSpec): Dashboard {
  const built = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(['relay'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .variables([...commonVariables(), ...(spec.byService ? [serviceVariable()] : [])])
    .annotations([deploys(), firing()])
    .link(otherDashboards());
  let id = 0;
  let y = 0;
  for (const { title, lines } of spec.rows) {
    built.withRow(new RowBuilder(title).id((id += 1)).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y += 1;
    for (const panels of lines) {
      const w = COLUMNS / panels.length;
      const h = Math.max(...panels.map(heightOf));
      for (const [index, panel] of panels.entries()) {
        built.withPanel(panel.id((id += 1)).gridPos({ x: index * w, y, w, h }));
      }
      y += h;
    }
  }
  return built.build();
}

/** Stats are low, panels with axes or rows are high. */
function heightOf(panel: PanelBuilder): number {
  return panel.build().type === 'stat' ? 4 : 8;
}

/**
 * A mark where the oldest process of a version changes: once per rollout, when its first new pod had started. The value
 * is the time of the mark.
 */
function deploys(): AnnotationQueryBuilder {
  const started = `process_start_time_seconds${of('auth|post|web')}`;
  const version = `on (cluster, namespace, job, pod) group_left (version) relay_build_info${of('auth|post|web')}`;
  return new AnnotationQueryBuilder()
    .name('Deploys')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('blue')
    .expr(`1000 * min by (job, version) (${started} * ${version})`)
    .useValueForTime(true)
    .step('60s')
    .titleFormat('{{job}} {{version}} started');
}

/** A region for as long as an alert fires. */
function firing(): AnnotationQueryBuilder {
  const alerts = `ALERTS{${HERE},alertname=~"Relay.+",alertname!="RelayWatchdog"`;
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr(`count by (alertname, severity) (${alerts},alertstate="firing"}) or vector(0)`)
    .step('30s')
    .titleFormat('{{alertname}}')
    .tagKeys('severity');
}

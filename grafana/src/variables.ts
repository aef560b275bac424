import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { HERE } from './queries.ts';

/** Whichever Prometheus is chosen above the dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The variables of every dashboard: Prometheus, cluster, namespace, and release in it. */
export function commonVariables() {
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    clusterVariable(),
    labelValues('namespace', 'relay_build_info{cluster=~"$cluster"}').label('Namespace'),
    labelValues('release', `relay_build_info{${HERE}}`, 'job')
      .label('Release')
      .regex('/(.+)-(?:auth|post|web)$/'),
  ];
}

/** All services, or one of them. */
export function serviceVariable() {
  const all = { text: 'All', value: '$__all' };
  return new CustomVariableBuilder('service')
    .label('Service')
    .values('auth,post,web')
    .includeAll(true)
    .allValue('auth|post|web')
    .allowCustomValue(false)
    .options([
      { ...all, selected: true },
      { text: 'auth', value: 'auth', selected: false },
      { text: 'post', value: 'post', selected: false },
      { text: 'web', value: 'web', selected: false },
    ])
    .current({ ...all, selected: true });
}

/** All clusters, also where series have no such label, or one of them. */
function clusterVariable(): QueryVariableBuilder {
  return labelValues('cluster', 'relay_build_info')
    .label('Cluster')
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}

function labelValues(name: string, series: string, label = name): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return new QueryVariableBuilder(name)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

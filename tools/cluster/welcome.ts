import { NAMESPACE } from '../kit/names.ts';
import { columns } from '../kit/table.ts';
import type { Settings } from './options.ts';

/** The message after a deployment: where Relay answers, and the next commands. */
export function welcome({
  context,
  kindCluster,
  commandPrefix,
}: Pick<Settings, 'context' | 'kindCluster' | 'commandPrefix'>): string {
  const npm = (script: string) => `${commandPrefix}npm run ${script}`;
  const rows = [
    [
      'API',
      kindCluster === undefined
        ? `at the address of the ingress of ${context}`
        : 'http://localhost:5000, through the ingress',
    ],
    ['At a glance', npm('cluster:status')],
    ['Dashboards', `${npm('cluster:forward')} (Prometheus 9090, Grafana 3000, Alertmanager 9093)`],
    ['After a change', npm('cluster:deploy')],
    ['kubectl', `kubectl --context ${context} --namespace ${NAMESPACE} get all`],
  ];
  const lines = columns(rows).map((line) => `  ${line}`);
  return ['', 'Relay is up.', '', ...lines, ''].join('\n');
}

import { NAMESPACE } from './names.ts';
import type { Settings } from './options.ts';

/** What one can do now that Relay is up. */
export function welcome({
  context,
  kindCluster,
}: Pick<Settings, 'context' | 'kindCluster'>): string {
  const url =
    kindCluster === undefined
      ? `where the ingress of ${context} is`
      : 'http://localhost:5000, through the ingress';
  const rows = [
    ['API', url],
    ['At a glance', 'npm run cluster:status'],
    ['Dashboards', 'npm run cluster:forward (Prometheus 9090, Grafana 3000, Alertmanager 9093)'],
    ['After a change', 'npm run cluster:deploy'],
    ['kubectl', `kubectl --context ${context} --namespace ${NAMESPACE} get all`],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`);
  return ['', 'Relay is up.', '', ...lines, ''].join('\n');
}

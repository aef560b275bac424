import { relay } from '../../cluster/support/cluster.ts';
import { sightingOf, type HeldAlert, type RuleAlert, type Watch } from '../sighting.ts';
import { ALERTMANAGER } from './alertmanager.ts';
import { askMonitoring } from './proxy.ts';
import type { Webhook } from './webhook.ts';

const PROMETHEUS = 'kube-prometheus-stack-prometheus:9090';

export function watchAlerts(webhook: Webhook): Watch {
  return {
    async look() {
      const [prometheus, alertmanager, told] = await Promise.all([
        askMonitoring<{ data: { alerts: RuleAlert[] } }>(PROMETHEUS, 'api/v1/alerts'),
        askMonitoring<HeldAlert[]>(ALERTMANAGER, 'api/v2/alerts'),
        webhook.told(),
      ]);
      const said = { prometheus: prometheus.data.alerts, alertmanager, webhook: told };
      return sightingOf(said, relay.namespace);
    },
    forget: () => webhook.forget(),
  };
}

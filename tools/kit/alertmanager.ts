import type { Kubernetes, ServicePort } from './kubernetes.ts';
import { MONITORING_NAMESPACE } from './names.ts';

/** The Alertmanager of the monitoring stack. */
export const ALERTMANAGER: ServicePort = {
  namespace: MONITORING_NAMESPACE,
  service: 'kube-prometheus-stack-alertmanager',
  port: 9093,
};

/** An alert that Alertmanager holds, by its labels. */
export interface ActiveAlert {
  labels: Record<string, string>;
  status: { inhibitedBy: string[] };
}

/** Each method throws an Error with Alertmanager's message if the request fails. */
export interface Alertmanager {
  alerts(): Promise<ActiveAlert[]>;
  /** The configuration that is loaded, as YAML. */
  config(): Promise<string>;
}

/** The Alertmanager of a cluster's monitoring stack. */
export function alertmanagerIn({
  getFromService,
}: Pick<Kubernetes, 'getFromService'>): Alertmanager {
  return {
    alerts: () => getFromService(ALERTMANAGER, 'api/v2/alerts'),
    async config() {
      const { config } = await getFromService<{ config: { original: string } }>(
        ALERTMANAGER,
        'api/v2/status',
      );
      return config.original;
    },
  };
}

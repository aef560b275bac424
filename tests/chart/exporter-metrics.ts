import { origins, type Origin } from '../../grafana/testing/exporters.ts';

/** Metrics that alerts name and dashboards do not: of kube-state-metrics and of the kubelet, as their documents list them. */
export const ofAlertsAlone: readonly string[] = [
  'kube_deployment_spec_replicas',
  'kube_deployment_status_condition',
  'kube_deployment_status_replicas_available',
  'kube_horizontalpodautoscaler_spec_max_replicas',
  'kube_horizontalpodautoscaler_spec_min_replicas',
  'kube_horizontalpodautoscaler_status_current_replicas',
  'kube_job_failed',
  'kube_pod_container_status_last_terminated_reason',
  'kube_pod_container_status_restarts_total',
  'kube_pod_container_status_waiting_reason',
  'kube_statefulset_replicas',
  'kube_statefulset_status_replicas_ready',
  'kubelet_volume_stats_available_bytes',
  'kubelet_volume_stats_capacity_bytes',
];

/** All that a rule may name and that Relay's services do not emit themselves. */
export const ofOthers: readonly string[] = [
  ...Object.values<Origin>(origins).flatMap(({ names }) => names),
  ...ofAlertsAlone,
];

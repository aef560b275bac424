/** An alert of kube-prometheus-stack: the parts that decide whether one of Relay's fires with it. */
export interface StackAlert {
  alert: string;
  severity: 'critical' | 'warning';
  forSeconds: number;
  /** The metrics that its expression reads. */
  metrics: readonly string[];
  /** Its labels that identify the subject. */
  labels: readonly string[];
  /** Why it never fires for the cause of an alert of Relay's on the same metric. */
  otherCause?: string;
}

const MINUTE = 60;

/** Of version 88.5.3, those that read the same metrics as Relay's. */
export const stackAlerts: readonly StackAlert[] = [
  {
    alert: 'KubePodCrashLooping',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_pod_container_status_waiting_reason'],
    labels: ['namespace', 'pod', 'container'],
  },
  {
    alert: 'KubeContainerWaiting',
    severity: 'warning',
    forSeconds: 60 * MINUTE,
    metrics: ['kube_pod_container_status_waiting_reason'],
    labels: ['namespace', 'pod', 'container'],
    otherCause: 'it leaves out CrashLoopBackOff, the only reason of RelayCrashLooping',
  },
  {
    alert: 'KubeDeploymentReplicasMismatch',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_deployment_spec_replicas', 'kube_deployment_status_replicas_available'],
    labels: ['namespace', 'deployment'],
  },
  {
    alert: 'KubeDeploymentRolloutStuck',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_deployment_status_condition'],
    labels: ['namespace', 'deployment'],
  },
  {
    alert: 'KubeStatefulSetReplicasMismatch',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_statefulset_status_replicas_ready', 'kube_statefulset_replicas'],
    labels: ['namespace', 'statefulset'],
  },
  {
    alert: 'KubeStatefulSetUpdateNotRolledOut',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_statefulset_replicas'],
    labels: ['namespace', 'statefulset'],
  },
  {
    alert: 'KubeJobFailed',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: ['kube_job_failed'],
    labels: ['namespace', 'job_name'],
  },
  {
    alert: 'KubeHpaMaxedOut',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: [
      'kube_horizontalpodautoscaler_status_current_replicas',
      'kube_horizontalpodautoscaler_spec_max_replicas',
    ],
    labels: ['namespace', 'horizontalpodautoscaler'],
  },
  {
    alert: 'KubeHpaReplicasMismatch',
    severity: 'warning',
    forSeconds: 15 * MINUTE,
    metrics: [
      'kube_horizontalpodautoscaler_status_current_replicas',
      'kube_horizontalpodautoscaler_spec_max_replicas',
      'kube_horizontalpodautoscaler_spec_min_replicas',
    ],
    labels: ['namespace', 'horizontalpodautoscaler'],
    otherCause: 'it leaves out an autoscaler that is at its maximum',
  },
  {
    alert: 'KubePersistentVolumeFillingUp',
    severity: 'critical',
    forSeconds: MINUTE,
    metrics: ['kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'],
    labels: ['namespace', 'persistentvolumeclaim'],
  },
  {
    alert: 'KubePersistentVolumeFillingUp',
    severity: 'warning',
    forSeconds: 60 * MINUTE,
    metrics: ['kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'],
    labels: ['namespace', 'persistentvolumeclaim'],
  },
  {
    alert: 'TargetDown',
    severity: 'warning',
    forSeconds: 10 * MINUTE,
    metrics: ['up'],
    labels: ['namespace', 'job', 'service'],
  },
];

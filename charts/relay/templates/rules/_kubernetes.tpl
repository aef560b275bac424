{{- /* What only kube-state-metrics and the kubelet know. Their `job` is their own. */}}
{{- define "relay.rules.kubernetes" -}}
{{- if .Values.prometheusRule.kubernetes.enabled }}
{{- $fullname := include "relay.fullname" . }}
{{- $alerts := .Values.prometheusRule.alerts }}
{{- $here := include "relay.rules.here" . }}
{{- $deployments := printf "%s,deployment=~%q" $here (printf "%s-(auth|post|redis-exporter|postgres-exporter)" $fullname) }}
{{- $statefulsets := printf "%s,statefulset=~%q" $here (printf "%s-(redis|postgres)" $fullname) }}
{{- $scalers := printf "%s,horizontalpodautoscaler=~%q" $here (printf "%s-(auth|post)" $fullname) }}
{{- $volumes := printf "%s,persistentvolumeclaim=~%q" $here (printf "data-%s-(redis|postgres)-.+" $fullname) }}
- alert: RelayRolloutStuck
  expr: kube_deployment_status_condition{ {{- $deployments }},condition="Progressing",status="false"} == 1
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: 'The rollout of {{`{{ $labels.deployment }}`}} is stuck'
    description: New pods of {{`{{ $labels.deployment }}`}} do not become ready. The old ones go on serving.
{{- with $alerts.replicasMissing }}
- alert: RelayReplicasMissing
  expr: |-
    kube_deployment_status_replicas_available{ {{- $deployments -}} } < kube_deployment_spec_replicas{ {{- $deployments -}} }
      or kube_statefulset_status_replicas_ready{ {{- $statefulsets -}} } < kube_statefulset_replicas{ {{- $statefulsets -}} }
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ or $labels.deployment $labels.statefulset }}`}} has too few ready pods'
    description: >-
      {{`{{ $value }}`}} of the pods of {{`{{ or $labels.deployment $labels.statefulset }}`}} can serve, which is fewer than should.
{{- end }}
{{- with $alerts.crashLooping }}
- alert: RelayCrashLooping
  expr: |-
    max_over_time(kube_pod_container_status_waiting_reason{ {{- $here }},pod=~"{{ $fullname }}-(auth|post|redis|postgres)-.+",reason="CrashLoopBackOff"}[5m]) == 1
  for: {{ .for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $labels.pod }}`}} crashes again and again'
    description: Container {{`{{ $labels.container }}`}} of {{`{{ $labels.pod }}`}} ends soon after each start.
{{- end }}
- alert: RelayMigrationFailed
  expr: kube_job_failed{ {{- $here }},job_name=~"{{ $fullname }}-(auth|post)-migrate(-.+)?",condition="true"} == 1
  labels: { severity: critical }
  annotations:
    dashboard: relay-services
    summary: 'The migration {{`{{ $labels.job_name }}`}} has failed'
    description: The pods of the new version wait for its schema and do not become ready. The old ones go on serving.
{{- with $alerts.volumeFilling }}
- alert: RelayVolumeFilling
  expr: |-
    kubelet_volume_stats_available_bytes{ {{- $volumes -}} } / kubelet_volume_stats_capacity_bytes{ {{- $volumes -}} } < {{ .ratio }}
  for: {{ .for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-postgres
    summary: 'The volume {{`{{ $labels.persistentvolumeclaim }}`}} is nearly full'
    description: 'Only {{`{{ $value | humanizePercentage }}`}} of {{`{{ $labels.persistentvolumeclaim }}`}} is left.'
{{- end }}
{{- with $alerts.volumeFillingSoon }}
- alert: RelayVolumeFillingSoon
  expr: |-
    kubelet_volume_stats_available_bytes{ {{- $volumes -}} } / kubelet_volume_stats_capacity_bytes{ {{- $volumes -}} } < {{ .ratio }}
      and predict_linear(kubelet_volume_stats_available_bytes{ {{- $volumes -}} }[{{ .window }}], {{ .hours }} * 3600) < 0
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'The volume {{`{{ $labels.persistentvolumeclaim }}`}} will be full within {{ .hours }} hours'
    description: >-
      {{`{{ $value | humanizePercentage }}`}} of {{`{{ $labels.persistentvolumeclaim }}`}} is left. As fast as it filled over the
      last {{ .window }}, it is full within {{ .hours }} hours.
{{- end }}
{{- with $alerts.autoscalerAtMaximum }}
- alert: RelayAutoscalerAtMaximum
  expr: |-
    kube_horizontalpodautoscaler_status_current_replicas{ {{- $scalers -}} } >= kube_horizontalpodautoscaler_spec_max_replicas{ {{- $scalers -}} }
      and kube_horizontalpodautoscaler_spec_max_replicas{ {{- $scalers -}} } > kube_horizontalpodautoscaler_spec_min_replicas{ {{- $scalers -}} }
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $labels.horizontalpodautoscaler }}`}} has as many pods as it may have'
    description: >-
      {{`{{ $labels.horizontalpodautoscaler }}`}} has had {{`{{ $value }}`}} pods for {{ .for }}, and no more are allowed. Under
      more load the service becomes slower.
{{- end }}
{{- end }}
{{- end }}

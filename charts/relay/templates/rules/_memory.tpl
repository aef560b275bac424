{{- /*
Kills for want of memory. cAdvisor counts those that a container outlives, such as a process of Postgres; its counter goes
with the container. A killed main process is known to kube-state-metrics. Without it: a container was replaced in its pod,
and had used nearly its limit.
*/}}
{{- define "relay.rules.memory" -}}
{{- $by := include "relay.rules.by" . }}
{{- $here := include "relay.rules.here" . }}
{{- $pods := printf `%s,pod=~"%s-(auth|post|redis|postgres)-.+"` $here (include "relay.fullname" .) }}
{{- $containers := printf `%s,container!=""` $pods }}
{{- $window := .Values.prometheusRule.alerts.outOfMemory.window }}
- alert: RelayOutOfMemory
  expr: |-
    sum by ({{ $by }}, pod, container) (increase(container_oom_events_total{ {{- $containers -}} }[{{ $window }}])) > 0
    {{- if .Values.prometheusRule.kubernetes.enabled }}
      or (
        sum by ({{ $by }}, pod, container) (increase(kube_pod_container_status_restarts_total{ {{- $pods -}} }[{{ $window }}])) > 0
          and on ({{ $by }}, pod, container) kube_pod_container_status_last_terminated_reason{ {{- $pods }},reason="OOMKilled"} == 1
      )
    {{- else }}
      or (
        count by ({{ $by }}, pod, container) (count_over_time(container_memory_working_set_bytes{ {{- $containers -}} }[{{ $window }}])) > 1
          and max by ({{ $by }}, pod, container) (max_over_time(container_memory_working_set_bytes{ {{- $containers -}} }[{{ $window }}]))
            >= 0.9 * (max by ({{ $by }}, pod, container) (max_over_time(container_spec_memory_limit_bytes{ {{- $containers -}} }[{{ $window }}])) > 0)
      )
    {{- end }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: 'A process of {{`{{ $labels.pod }}`}} was killed for want of memory'
    description: >-
      A process in container {{`{{ $labels.container }}`}} of {{`{{ $labels.pod }}`}} was killed as the container reached its
      memory limit.
{{- end }}

{{- /*
Kills for want of memory. cAdvisor counts those that a container outlives, such as a process of Postgres; its counter goes
with the container. A killed main process is known to kube-state-metrics. Without it: a container was replaced in its pod,
and had used nearly its limit. The control group of the pod, which is the parent of the container's, tells it from a pod of a
StatefulSet that a rollout replaced under the same name.
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
        max by ({{ $by }}, pod, container) (count by ({{ $by }}, pod, container, pod_group) (label_replace(
          count_over_time(container_memory_working_set_bytes{ {{- $containers -}} }[{{ $window }}]), "pod_group", "$1", "id", "(.*)/[^/]+"))) > 1
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

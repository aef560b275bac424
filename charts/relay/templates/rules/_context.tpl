{{- /* The names that the templates of every rule.yaml can use, as YAML. Takes the root. */}}
{{- define "relay.rules.context" -}}
{{- $rule := .Values.prometheusRule -}}
{{- $fullname := include "relay.fullname" . -}}
{{- $here := include "relay.rules.here" . -}}
{{- $services := include "relay.services" . | fromYaml | keys | sortAlpha -}}
{{- $exporters := list -}}
{{- range list "redis" "postgres" -}}
{{- if include "relay.exporterEnabled" (list $ .) }}{{ $exporters = append $exporters (printf "%s-exporter" .) }}{{ end -}}
{{- end -}}
{{- /* Selectors of series, without braces. */ -}}
{{- $context := dict "here" $here -}}
{{- range $name, $components := dict
  "auth" "auth" "post" "post" "services" (join "|" $services) "redisExporter" "redis-exporter" "postgresExporter" "postgres-exporter"
  "targets" (concat $services $exporters | join "|") -}}
{{- $_ := set $context $name (include "relay.rules.of" (list $ $components)) -}}
{{- end -}}
{{- $_ := set $context "deployments" (printf "%s,deployment=~%q" $here (printf "%s-(%s|redis-exporter|postgres-exporter)" $fullname (join "|" $services))) -}}
{{- $_ := set $context "statefulSets" (printf "%s,statefulset=~%q" $here (printf "%s-(redis|postgres)" $fullname)) -}}
{{- $_ := set $context "autoscalers" (printf "%s,horizontalpodautoscaler=~%q" $here (printf "%s-(%s)" $fullname (join "|" $services))) -}}
{{- $_ := set $context "volumes" (printf "%s,persistentvolumeclaim=~%q" $here (printf "data-%s-(redis|postgres)-.+" $fullname)) -}}
{{- /* The labels to group by. */ -}}
{{- $_ := set $context "by" (include "relay.rules.by" .) -}}
{{- $_ := set $context "exporters" $exporters -}}
{{- $_ := set $context "serviceNames" $services -}}
{{- $_ := set $context "pods" (printf "%s,pod=~%q" $here (printf "%s-(%s|redis|postgres)-.+" $fullname (join "|" $services))) -}}
{{- $_ := set $context "fullname" $fullname -}}
{{- $_ := set $context "namespace" .Release.Namespace -}}
{{- $_ := set $context "clusterLabel" (ternary $rule.clusterLabel "" (not (empty $rule.clusterName))) -}}
{{- $_ := set $context "clusterName" $rule.clusterName -}}
{{- $_ := set $context "slo" $rule.slo -}}
{{- /* Placeholders that Prometheus fills in when an alert fires. */ -}}
{{- $labels := dict "podOrJob" "{{ or $labels.pod $labels.job }}" "workload" "{{ or $labels.deployment $labels.statefulset }}" -}}
{{- range list "collector" "container" "datname" "deployment" "horizontalpodautoscaler" "job" "job_name" "persistentvolumeclaim" "pod" "query" "usename" -}}
{{- $_ := set $labels . (printf "{{ $labels.%s }}" .) -}}
{{- end -}}
{{- $_ := set $context "labels" $labels -}}
{{- $_ := set $context "value" (dict
  "plain" "{{ $value }}"
  "percentage" "{{ $value | humanizePercentage }}"
  "duration" "{{ $value | humanizeDuration }}"
  "humanized" "{{ $value | humanize }}"
  "rounded" "{{ $value | printf \"%.0f\" }}"
  "tenths" "{{ $value | printf \"%.1f\" }}") -}}
{{ toYaml $context }}
{{- end }}

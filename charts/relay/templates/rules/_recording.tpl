{{- /* Rates that dashboards and alerts share. Their window is a value, and so no part of their names. */}}
{{- define "relay.rules.recording" -}}
{{- $by := include "relay.rules.by" . }}
{{- $services := include "relay.rules.ofServices" . }}
{{- $post := include "relay.rules.of" (list . "post") }}
{{- $slo := .Values.prometheusRule.slo }}
{{- $window := include "relay.rules.scaled" (list . .Values.prometheusRule.rateWindow) }}
- record: job:relay_http_requests:rate
  expr: |-
    sum by ({{ $by }}, job) (rate(http_requests_total{ {{- $services -}} }[{{ $window }}]))
- record: job:relay_http_bad_requests:rate
  expr: |-
    sum by ({{ $by }}, job) (rate(http_requests_total{ {{- $services }},status=~"5.."}[{{ $window }}]))
  labels: { slo: availability }
- record: job:relay_http_bad_requests:rate
  expr: |-
    sum by ({{ $by }}, job) (rate(http_request_duration_seconds_count{ {{- $services -}} }[{{ $window }}]))
      - sum by ({{ $by }}, job) (rate(http_request_duration_seconds_bucket{ {{- $services }},le="{{ $slo.latencySeconds }}"}[{{ $window }}]))
  labels: { slo: latency }
- record: route:relay_http_requests:rate
  expr: |-
    sum by ({{ $by }}, job, method, route) (rate(http_requests_total{ {{- $services -}} }[{{ $window }}]))
- record: route:relay_http_errors:rate
  expr: |-
    sum by ({{ $by }}, job, method, route) (rate(http_requests_total{ {{- $services }},status=~"5.."}[{{ $window }}]))
{{- range list 0.5 0.95 0.99 }}
- record: route:relay_http_request_duration_seconds:histogram_quantile
  expr: |-
    histogram_quantile({{ . }}, sum by ({{ $by }}, job, method, route, le) (
      rate(http_request_duration_seconds_bucket{ {{- $services -}} }[{{ $window }}])))
  labels: { quantile: "{{ . }}" }
{{- end }}
- record: key:relay_cache_hits:rate
  expr: |-
    sum by ({{ $by }}, job, key) (rate(cache_hits_total{ {{- $post -}} }[{{ $window }}]))
- record: key:relay_cache_reads:rate
  expr: |-
    key:relay_cache_hits:rate{ {{- $post -}} }
      + sum by ({{ $by }}, job, key) (rate(cache_misses_total{ {{- $post -}} }[{{ $window }}]))
      + sum by ({{ $by }}, job, key) (rate(cache_stale_reads_total{ {{- $post -}} }[{{ $window }}]))
      + sum by ({{ $by }}, job, key) (rate(cache_fallbacks_total{ {{- $post -}} }[{{ $window }}]))
# Hits and misses alone: neither a grace period nor a lost store changes the ratio.
- record: key:relay_cache_hits:ratio
  expr: |-
    key:relay_cache_hits:rate{ {{- $post -}} }
      / (key:relay_cache_hits:rate{ {{- $post -}} }
        + sum by ({{ $by }}, job, key) (rate(cache_misses_total{ {{- $post -}} }[{{ $window }}])))
# A ratio of sums: the mean of the keys' ratios would count a rare key like a busy one.
- record: job:relay_cache_hits:ratio
  expr: |-
    sum by ({{ $by }}, job) (key:relay_cache_hits:rate{ {{- $post -}} })
      / (sum by ({{ $by }}, job) (key:relay_cache_hits:rate{ {{- $post -}} })
        + sum by ({{ $by }}, job) (rate(cache_misses_total{ {{- $post -}} }[{{ $window }}])))
# Reads that needed no load of their own: hits, stale reads, and those that shared the load of another.
- record: job:relay_database_queries_saved:rate
  expr: |-
    clamp_min(
      sum by ({{ $by }}, job) (key:relay_cache_reads:rate{ {{- $post -}} })
        - sum by ({{ $by }}, job) (rate(cache_load_duration_seconds_count{ {{- $post -}} }[{{ $window }}])),
      0)
- record: job:relay_database_queries_saved:ratio
  expr: |-
    job:relay_database_queries_saved:rate{ {{- $post -}} }
      / sum by ({{ $by }}, job) (key:relay_cache_reads:rate{ {{- $post -}} })
{{- end }}

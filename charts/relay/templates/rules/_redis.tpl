{{- /* Of the bundled Redis, through its exporter. */}}
{{- define "relay.rules.redis" -}}
{{- if include "relay.exporterEnabled" (list . "redis") }}
{{- $redis := include "relay.rules.of" (list . "redis-exporter") }}
{{- $alerts := .Values.prometheusRule.alerts }}
- alert: RelayRedisDown
  expr: redis_up{ {{- $redis -}} } == 0
  for: {{ $alerts.redisDown.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-redis
    summary: Redis does not answer
    description: >-
      Redis does not answer its exporter. Every read goes to Postgres, and no invalidation can be carried out.
{{- with $alerts.redisMemoryHigh }}
- alert: RelayRedisMemoryHigh
  expr: redis_memory_used_bytes{ {{- $redis -}} } / (redis_memory_max_bytes{ {{- $redis -}} } > 0) > {{ .ratio }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-redis
    summary: 'Redis uses {{`{{ $value | humanizePercentage }}`}} of its memory'
    description: >-
      Redis uses {{`{{ $value | humanizePercentage }}`}} of maxmemory. At 100 % it evicts the entries that are read least.
{{- end }}
{{- with $alerts.redisEvicting }}
- alert: RelayRedisEvicting
  expr: rate(redis_evicted_keys_total{ {{- $redis -}} }[{{ .window }}]) > {{ .keysPerSecond }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-redis
    summary: 'Redis evicts {{`{{ $value | humanize }}`}} keys a second'
    description: >-
      maxmemory is full, and {{`{{ $value | humanize }}`}} keys a second go to make room. What goes may be read again, and
      counters of the login limits may go too.
{{- end }}
{{- with $alerts.redisClientsHigh }}
- alert: RelayRedisClientsHigh
  expr: redis_connected_clients{ {{- $redis -}} } / (redis_max_clients{ {{- $redis -}} } > 0) > {{ .ratio }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-redis
    summary: 'Redis has {{`{{ $value | humanizePercentage }}`}} of its clients'
    description: >-
      {{`{{ $value | humanizePercentage }}`}} of maxclients are connected. At 100 % Redis refuses new connections.
{{- end }}
{{- with $alerts.redisConnectionsRejected }}
- alert: RelayRedisConnectionsRejected
  expr: round(increase(redis_rejected_connections_total{ {{- $redis -}} }[{{ .window }}])) >= {{ .connections }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-redis
    summary: 'Redis has refused connections: {{`{{ $value }}`}} in {{ .window }}'
    description: >-
      maxclients was reached, and Redis refused {{`{{ $value }}`}} connections within {{ .window }}. A pod without one reads from
      Postgres.
{{- end }}
- alert: RelayRedisPersistenceFailing
  expr: |-
    redis_aof_last_write_status{ {{- $redis -}} } == 0
      or redis_aof_last_bgrewrite_status{ {{- $redis -}} } == 0
  for: {{ $alerts.redisPersistenceFailing.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-redis
    summary: Redis cannot write its append-only file
    description: >-
      The last write or rewrite of the append-only file failed. Redis refuses writes while it cannot append, and after a restart
      it has what the file has.
{{- end }}
{{- end }}

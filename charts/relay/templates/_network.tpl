{{- /* Rules of NetworkPolicies. Each takes the root, and its subject. */}}

{{- define "relay.network.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "relay.fullname" (index . 0) }}-{{ index . 1 }}
  labels: {{- include "relay.labels" . | nindent 4 }}
{{- end }}

{{- define "relay.network.pods" -}}
- podSelector:
    matchLabels: {{- include "relay.selectorLabels" . | nindent 6 }}
{{- end }}

{{- /* The callers of the API, in words: networkPolicy.ingressFrom. */}}
{{- define "relay.network.admitted" -}}
{{- $named := list -}}
{{- range .Values.networkPolicy.ingressFrom -}}
{{- $labels := get (.namespaceSelector | default dict) "matchLabels" | default dict -}}
{{- $namespace := get $labels "kubernetes.io/metadata.name" -}}
{{- $isWhole := eq (toJson .) (dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" $namespace)) | toJson) -}}
{{- $named = append $named (ternary (printf "the namespace %s" $namespace) (toJson .) $isWhole) -}}
{{- end -}}
{{ join ", " $named | default "no peer" }}
{{- end }}

{{- /* An empty list of peers in a rule would mean everyone: without peers there is no rule. */}}
{{- define "relay.network.toDns" -}}
{{- $resolvers := .Values.networkPolicy.dnsTo | default list -}}
{{- range include "relay.network.dnsServiceAddresses" . | fromYamlArray -}}
{{- $cidr := printf "%s/%s" . (ternary "128" "32" (contains ":" .)) -}}
{{- $resolvers = append $resolvers (dict "ipBlock" (dict "cidr" $cidr)) -}}
{{- end -}}
{{- with $resolvers -}}
- ports:
    - { protocol: UDP, port: {{ $.Values.networkPolicy.dnsPort }} }
    - { protocol: TCP, port: {{ $.Values.networkPolicy.dnsPort }} }
  to: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{- /*
The addresses at which a NodeLocal DNSCache in iptables mode answers. Looked up only on demand: an installer that may not read
Services of kube-system could render nothing else.
*/}}
{{- define "relay.network.dnsServiceAddresses" -}}
{{- with .Values.networkPolicy.nodeLocalDns -}}
{{- if .enabled -}}
{{- $addresses := .addresses -}}
{{- if not $addresses -}}
{{- $service := lookup "v1" "Service" "kube-system" "kube-dns" | default dict -}}
{{- $addresses = dig "spec" "clusterIPs" list $service -}}
{{- end -}}
{{- if not $addresses -}}
{{ fail "networkPolicy.nodeLocalDns: Helm finds no Service kube-dns in kube-system: give networkPolicy.nodeLocalDns.addresses, which are in the pods' /etc/resolv.conf" }}
{{- end -}}
{{ toYaml $addresses }}
{{- end }}
{{- end }}
{{- end }}

{{- /* To redis or postgres, the bundled or the external one. With a third argument for its exporter, which may have an address of its own. */}}
{{- define "relay.network.toStore" -}}
{{- $root := index . 0 -}}
{{- $store := index . 1 -}}
{{- $isExporter := gt (len .) 2 -}}
{{- if (get $root.Values $store).enabled -}}
- ports:
    - { protocol: TCP, port: {{ $store }} }
  to: {{- include "relay.network.pods" (list $root $store) | nindent 4 }}
{{- else -}}
{{- with get $root.Values (printf "external%s" (title $store)) -}}
- ports:
    {{- if and .cluster .cidrs }}
    # The other nodes of a Cluster may have ports of their own.
    - { protocol: TCP }
    {{- else }}
    - { protocol: TCP, port: {{ ternary .exporter.port .port (and $isExporter (not (empty .exporter.host))) }} }
    {{- if dig "sentinel" "master" "" . }}
    # The Redis servers, at the addresses that the Sentinel returns.
    - { protocol: TCP, port: {{ .sentinel.redisPort }} }
    {{- end }}
    {{- end }}
  {{- with .cidrs }}
  to:
    {{- range . }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "relay.network.toCollector" -}}
{{- with .Values.tracing.endpoint -}}
{{- $url := urlParse . -}}
- ports:
    - { protocol: TCP, port: {{ regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary 443 80 (eq $url.scheme "https")) }} }
  {{- with $.Values.networkPolicy.tracingTo }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- /*
The egress of a service: its stores, the keys that verify tokens, the collector, and DNS for these names. Takes the root, the
service's name and its entry of relay.services.
*/}}
{{- define "relay.network.fromService" -}}
{{- $root := index . 0 -}}
{{- $hasStores := (index . 2).stores -}}
{{- if or $hasStores $root.Values.tracing.endpoint }}
{{ include "relay.network.toDns" $root }}
{{- end }}
{{- if $hasStores }}
{{ include "relay.network.toStore" (list $root "postgres") }}
{{ include "relay.network.toStore" (list $root "redis") }}
{{- end }}
{{- if eq (index . 1) "post" }}
- ports:
    - { protocol: TCP, port: http }
  to: {{- include "relay.network.pods" (list $root "auth") | nindent 4 }}
{{- end }}
{{ include "relay.network.toCollector" $root }}
{{- end }}

{{- define "relay.network.fromPrometheus" -}}
{{- $port := index . 1 -}}
{{- with (index . 0).Values.networkPolicy.metricsFrom -}}
- ports:
    - { protocol: TCP, port: {{ $port }} }
  from: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

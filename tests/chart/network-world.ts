import type { Manifest } from './kubernetes.ts';
import { namedPorts, workloads } from './manifests.ts';
import type { Peer } from './network-policies.ts';
import type { Labels } from './selectors.ts';

export type Protocol = 'TCP' | 'UDP';

/** A pod of each workload of a release, named after its component. */
export function releasePods(manifests: readonly Manifest[], namespace: string): Peer[] {
  return workloads(manifests).map(({ component, labels, pod }, index) => ({
    ...inNamespace(namespace, component, index + 10),
    labels,
    ports: namedPorts(pod),
  }));
}

/** The other peers, in the cluster and outside of it: those that a release may connect to, and those it may not. */
export function strangers({ release, namespace }: { release: string; namespace: string }): Peer[] {
  const disguise = (component: string): Labels => ({
    'app.kubernetes.io/name': 'relay',
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/component': component,
  });
  const ports = { http: 8080, admin: 8081, redis: 6379, postgres: 5432, metrics: 9121 };
  return [
    { ...inNamespace('projectcontour', 'ingress controller', 1), labels: { app: 'envoy' } },
    { ...inNamespace('monitoring', 'Prometheus', 2), labels: { app: 'prometheus' }, ports },
    {
      ...inNamespace('kube-system', 'DNS', 3),
      labels: { 'k8s-app': 'kube-dns' },
      ports: { dns: 53 },
    },
    {
      ...inNamespace('kube-system', 'DNS cache', 9),
      labels: { 'k8s-app': 'node-local-dns' },
      ports: { dns: 53 },
    },
    {
      ...inNamespace('openshift-dns', 'DNS of OpenShift', 254),
      labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
      ports: { dns: 5353 },
    },
    { name: 'DNS of a node', ip: '169.254.20.10' },
    { name: 'DNS of EKS Auto Mode', ip: '172.20.0.10' },
    // A node with NodeLocal DNSCache in iptables mode answers this address itself: no pod has it.
    { name: 'DNS Service', ip: '10.96.0.10' },
    { ...inNamespace('observability', 'collector', 4), ports },
    { ...inNamespace('kube-system', 'pod of the system', 5), ports },
    { ...inNamespace(namespace, 'pod beside', 6), labels: { app: 'other' }, ports },
    { ...inNamespace('elsewhere', 'pod that poses as auth', 7), labels: disguise('auth'), ports },
    { ...inNamespace('elsewhere', 'pod that poses as redis', 8), labels: disguise('redis'), ports },
    { name: 'API server', ip: '10.96.0.1' },
    { name: 'metadata service', ip: '169.254.169.254' },
    { name: 'their Postgres', ip: '192.0.2.1' },
    { name: 'their Redis', ip: '192.0.2.17' },
    { name: 'internet', ip: '203.0.113.1' },
  ];
}

/** Every port that one of them has, and ports that should be closed even if a process listens there. */
export function portsOf(peers: readonly Peer[]): { port: number; protocol: Protocol }[] {
  const named = peers.flatMap(({ ports = {} }) => Object.values(ports));
  const others = [22, 53, 80, 443, 4318, 5432, 6379, 6380, 6432, 10_250];
  const tcp = [...new Set([...named, ...others])].map((port) => ({
    port,
    protocol: 'TCP' as const,
  }));
  return [...tcp, { port: 53, protocol: 'UDP' }, { port: 443, protocol: 'UDP' }];
}

function inNamespace(namespace: string, name: string, host: number): Peer {
  // The label that Kubernetes itself puts on every namespace.
  const namespaceLabels = { 'kubernetes.io/metadata.name': namespace };
  return { name, ip: `10.244.0.${host}`, namespace, namespaceLabels };
}

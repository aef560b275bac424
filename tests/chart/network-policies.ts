import { BlockList } from 'node:net';

import { picks, type Labels, type Selector } from './selectors.ts';

/** A pod, or with no namespace an address outside of the cluster. */
export interface Peer {
  name: string;
  ip: string;
  namespace?: string;
  namespaceLabels?: Labels;
  labels?: Labels;
  /** The named ports of its containers. */
  ports?: Readonly<Record<string, number>>;
}

export interface PolicyPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

export interface PolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

export interface NetworkPolicy {
  metadata: { name: string; namespace?: string };
  spec: {
    podSelector: Selector;
    policyTypes?: string[];
    ingress?: { from?: PolicyPeer[]; ports?: PolicyPort[] }[];
    egress?: { to?: PolicyPeer[]; ports?: PolicyPort[] }[];
  };
}

export type Direction = 'Ingress' | 'Egress';

export interface Connection {
  from: Peer;
  to: Peer;
  port: number;
  protocol?: 'TCP' | 'UDP';
}

/**
 * Whether the policies allow a connection, by the NetworkPolicy API: a pod that no policy selects for a
 * direction is open in it; a selected pod allows only the connections that its policies list; both ends
 * must agree.
 *
 * An address block also counts for a pod's own address: implementations may treat that either way, so
 * nothing may be reachable by it.
 *
 * @param policies each with its namespace
 */
export function allows(policies: readonly NetworkPolicy[], connection: Connection): boolean {
  const { from, to } = connection;
  const leaving = policiesFor(policies, from, 'Egress').map(({ spec, metadata }) => {
    const rules = spec.egress ?? [];
    return rules.some(
      (rule) => hasPeer(rule.to, to, metadata.namespace) && hasPort(rule.ports, connection),
    );
  });
  const entering = policiesFor(policies, to, 'Ingress').map(({ spec, metadata }) => {
    const rules = spec.ingress ?? [];
    return rules.some(
      (rule) => hasPeer(rule.from, from, metadata.namespace) && hasPort(rule.ports, connection),
    );
  });
  return [leaving, entering].every((ways) => ways.length === 0 || ways.includes(true));
}

/** The policies as if they spoke of this direction alone. */
export function halfOf(
  policies: readonly NetworkPolicy[],
  direction: Direction,
): readonly NetworkPolicy[] {
  return policies.map(({ metadata, spec }) => {
    const policyTypes = directionsOf(spec).filter((one) => one === direction);
    return { metadata, spec: { ...spec, policyTypes } };
  });
}

function policiesFor(
  policies: readonly NetworkPolicy[],
  { namespace, labels = {} }: Peer,
  direction: Direction,
): NetworkPolicy[] {
  if (namespace === undefined) return [];
  return policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      picks(spec.podSelector, labels) &&
      directionsOf(spec).includes(direction),
  );
}

function directionsOf({ policyTypes, egress }: NetworkPolicy['spec']): string[] {
  return policyTypes ?? (egress === undefined ? ['Ingress'] : ['Ingress', 'Egress']);
}

function hasPeer(listed: PolicyPeer[] | undefined, peer: Peer, namespace?: string): boolean {
  if (listed === undefined || listed.length === 0) return true;
  return listed.some((one) => isPeer(one, peer, namespace));
}

function isPeer(listed: PolicyPeer, peer: Peer, ownNamespace?: string): boolean {
  const { ipBlock, podSelector, namespaceSelector } = listed;
  if (ipBlock) return isInBlock(ipBlock, peer.ip);
  if (peer.namespace === undefined) return false;
  const inNamespace = namespaceSelector
    ? picks(namespaceSelector, peer.namespaceLabels ?? {})
    : peer.namespace === ownNamespace;
  return inNamespace && picks(podSelector ?? {}, peer.labels ?? {});
}

function isInBlock({ cidr, except = [] }: { cidr: string; except?: string[] }, ip: string) {
  return isIn(cidr, ip) && !except.some((part) => isIn(part, ip));
}

function isIn(cidr: string, ip: string): boolean {
  const [network, prefix] = cidr.split('/') as [string, string];
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), familyOf(network));
  return block.check(ip, familyOf(ip));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

function hasPort(
  listed: PolicyPort[] | undefined,
  { to, port, protocol = 'TCP' }: Connection,
): boolean {
  if (listed === undefined || listed.length === 0) return true;
  return listed.some((one) => {
    if ((one.protocol ?? 'TCP') !== protocol) return false;
    if (one.port === undefined) return true;
    if (typeof one.port === 'string') return to.ports?.[one.port] === port;
    return port >= one.port && port <= (one.endPort ?? one.port);
  });
}

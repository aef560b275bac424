import { describe, expect, it } from 'vitest';

import { allows, type NetworkPolicy, type Peer } from './network-policies.ts';

const shop = { namespace: 'shop', namespaceLabels: { team: 'shop' } };
const web: Peer = { name: 'web', ip: '10.0.0.1', labels: { app: 'web' }, ...shop };
const db: Peer = {
  name: 'db',
  ip: '10.0.0.2',
  labels: { app: 'db' },
  ports: { sql: 5432 },
  ...shop,
};
const stranger: Peer = {
  name: 'stranger',
  ip: '10.0.0.3',
  namespace: 'else',
  namespaceLabels: { team: 'else' },
  labels: { app: 'web' },
};
const internet: Peer = { name: 'internet', ip: '1.1.1.1' };

function policy(app: string | undefined, spec: Partial<NetworkPolicy['spec']>): NetworkPolicy {
  const podSelector = app === undefined ? {} : { matchLabels: { app } };
  return { metadata: { name: 'policy', namespace: 'shop' }, spec: { podSelector, ...spec } };
}

const from = (peer: object) => policy('db', { ingress: [{ from: [peer] }] });
const ports = (...listed: object[]) => policy('db', { ingress: [{ ports: listed }] });
const by = (operator: string, values?: string[]) =>
  from({ podSelector: { matchExpressions: [{ key: 'app', operator, values }] } });

const toDb = { from: web, to: db, port: 5432 };
const deny = policy(undefined, { policyTypes: ['Ingress', 'Egress'] });

describe('a pod that no policy picks', () => {
  it('is open', () => {
    expect(allows([], toDb)).toBe(true);
    expect(allows([policy('other', { policyTypes: ['Ingress'] })], toDb)).toBe(true);
  });

  it('is open to the direction that its policies do not speak of', () => {
    expect(allows([policy('db', { policyTypes: ['Egress'] })], toDb)).toBe(true);
    expect(allows([policy('web', { policyTypes: ['Ingress'] })], toDb)).toBe(true);
  });

  it('is not meant by a policy of another namespace', () => {
    const elsewhere = { ...deny, metadata: { name: 'deny', namespace: 'else' } };
    expect(allows([elsewhere], toDb)).toBe(true);
  });
});

describe('a pod that a policy picks', () => {
  const egress = policy('web', {
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }],
  });
  const ingress = policy('db', {
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
  });

  it('is reached only where both ends agree', () => {
    expect(allows([deny], toDb)).toBe(false);
    expect(allows([deny, egress], toDb)).toBe(false);
    expect(allows([deny, ingress], toDb)).toBe(false);
    expect(allows([deny, egress, ingress], toDb)).toBe(true);
  });

  it('is closed to the pods of another namespace, with any labels', () => {
    expect(allows([ingress], { from: stranger, to: db, port: 5432 })).toBe(false);
  });

  it('has both directions closed where an egress is listed and no type', () => {
    expect(allows([policy('db', { egress: [] })], toDb)).toBe(false);
    expect(allows([policy('web', {})], toDb)).toBe(true);
  });
});

describe('a rule', () => {
  it('without peers or ports means all of them', () => {
    expect(allows([policy('db', { ingress: [{}] })], { ...toDb, from: internet })).toBe(true);
    expect(allows([policy('db', { ingress: [{ from: [], ports: [] }] })], toDb)).toBe(true);
  });

  it('with a namespace and a pod in one peer demands both', () => {
    const both = from({
      namespaceSelector: { matchLabels: { team: 'else' } },
      podSelector: { matchLabels: { app: 'web' } },
    });
    expect(allows([both], { from: stranger, to: db, port: 1 })).toBe(true);
    expect(allows([both], toDb)).toBe(false);
    const other = { ...stranger, labels: { app: 'other' } };
    expect(allows([both], { from: other, to: db, port: 1 })).toBe(false);
  });

  it('with an empty namespace selector means pods of every namespace, and no address', () => {
    const everywhere = from({ namespaceSelector: {} });
    expect(allows([everywhere], { from: stranger, to: db, port: 1 })).toBe(true);
    expect(allows([everywhere], { from: internet, to: db, port: 1 })).toBe(false);
  });

  it('with a block means its addresses, without the excepted ones', () => {
    const block = from({ ipBlock: { cidr: '1.1.0.0/16', except: ['1.1.2.0/24'] } });
    expect(allows([block], { from: internet, to: db, port: 1 })).toBe(true);
    expect(allows([block], { from: { ...internet, ip: '1.1.2.9' }, to: db, port: 1 })).toBe(false);
    expect(allows([block], { from: { ...internet, ip: '1.2.0.1' }, to: db, port: 1 })).toBe(false);
    expect(allows([block], { from: { ...internet, ip: 'fd00::1' }, to: db, port: 1 })).toBe(false);
  });
});

describe('a port', () => {
  it('may be a number, a range, or a name that the destination gives it', () => {
    expect(allows([ports({ port: 5432 })], toDb)).toBe(true);
    expect(allows([ports({ port: 5000, endPort: 6000 })], toDb)).toBe(true);
    expect(allows([ports({ port: 'sql' })], toDb)).toBe(true);
    expect(allows([ports({ port: 5433 }, { port: 'http' })], toDb)).toBe(false);
  });

  it('is TCP unless the policy sets another protocol', () => {
    const dns = { ...toDb, port: 53, protocol: 'UDP' } as const;
    expect(allows([ports({ port: 53 })], dns)).toBe(false);
    expect(allows([ports({ port: 53, protocol: 'UDP' })], dns)).toBe(true);
  });
});

it('picks by expressions as well as by labels', () => {
  expect(allows([by('In', ['web', 'job'])], toDb)).toBe(true);
  expect(allows([by('NotIn', ['web'])], toDb)).toBe(false);
  expect(allows([by('Exists')], toDb)).toBe(true);
  expect(allows([by('DoesNotExist')], toDb)).toBe(false);
  expect(() => allows([by('Like')], toDb)).toThrow('operator Like');
});

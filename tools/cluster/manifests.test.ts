import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { NAMESPACE } from '../kit/names.ts';
import { MONITORING_CHART } from './platform.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const readYaml = (file: string): unknown => parse(read(file));

test('the cluster publishes its ingress on this machine alone', () => {
  const { name, nodes } = readYaml('kind-config.yaml') as {
    name: string;
    nodes: unknown[];
  };
  expect(name).toBe('relay');
  expect(nodes[0]).toMatchObject({
    labels: { 'ingress-ready': 'true' },
    extraPortMappings: [
      { containerPort: 80, hostPort: 5000, listenAddress: '127.0.0.1' },
      { containerPort: 443, hostPort: 5443, listenAddress: '127.0.0.1' },
    ],
  });
});

test('the namespace enforces the restricted standard', () => {
  const { metadata } = readYaml('k8s/namespace.yaml') as {
    metadata: { name: string; labels: object };
  };
  expect(metadata.name).toBe(NAMESPACE);
  expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
});

describe('versions', () => {
  test('the ingress controller is a pinned version of Contour from its own repository', () => {
    const { resources } = readYaml('k8s/ingress/kustomization.yaml') as {
      resources: string[];
    };
    expect(resources).toEqual([
      expect.stringMatching(
        /^https:\/\/raw\.githubusercontent\.com\/projectcontour\/contour\/v\d+\.\d+\.\d+\//,
      ),
    ]);
  });

  test('the README names the installed version of kube-prometheus-stack', () => {
    expect(read('k8s/README.md')).toContain(`--version ${MONITORING_CHART.version}`);
    expect(read('k8s/README.md')).toContain(`--repo ${MONITORING_CHART.repository}`);
  });
});

describe('kube-prometheus-stack', () => {
  interface Values {
    prometheus: { prometheusSpec: Record<string, unknown> };
    grafana: Record<string, unknown>;
  }
  const values = readYaml('k8s/monitoring/values.yaml') as Values;

  test('scrapes the ServiceMonitors of every release', () => {
    const selectors = Object.entries(values.prometheus.prometheusSpec).filter(([name]) =>
      name.endsWith('SelectorNilUsesHelmValues'),
    );
    expect(selectors.map(([, value]) => value)).toEqual([false, false, false, false, false]);
  });

  test('has no password in its values, so it generates one', () => {
    expect(values.grafana).not.toHaveProperty('adminPassword');
    expect(values.grafana).not.toHaveProperty('admin');
  });
});

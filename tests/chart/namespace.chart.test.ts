import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';
import { parse } from 'yaml';

import { refusedByKubernetes } from './helm.ts';
import type { Manifest } from './kubernetes.ts';

const file = path.join(import.meta.dirname, '../../k8s/namespace.yaml');
const namespace = readFileSync(file, 'utf8');

it('Kubernetes accepts the namespace', async () => {
  expect(await refusedByKubernetes(namespace)).toEqual([]);
});

it('the namespace admits only pods that the tests of the chart accept', () => {
  const { metadata } = parse(namespace) as Manifest;
  expect(metadata).toMatchObject({
    name: 'relay',
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  });
});

import { expect, test } from 'vitest';

import { UsageError } from '../kit/usage.ts';
import { assertDeployable, parseCommand, readSettings } from './options.ts';

test('without any setting it is the local kind cluster', () => {
  const settings = readSettings({});
  expect(settings).toEqual({
    context: 'kind-relay',
    kindCluster: 'relay',
    registry: undefined,
    valuesFile: 'charts/relay/values-kind.yaml',
    dockerBuildFlags: [],
  });
  expect(() => assertDeployable(settings)).not.toThrow();
});

test('another kind cluster is told by the name of its context', () => {
  expect(readSettings({ CLUSTER_CONTEXT: 'kind-ci' }).kindCluster).toBe('ci');
});

test("a cluster that is not kind's needs a registry", () => {
  const settings = readSettings({ CLUSTER_CONTEXT: 'staging' });
  expect(settings.kindCluster).toBeUndefined();
  expect(() => assertDeployable(settings)).toThrow(/REGISTRY/);
  const withRegistry = readSettings({ CLUSTER_CONTEXT: 'staging', REGISTRY: 'ghcr.io/you/' });
  expect(withRegistry.registry).toBe('ghcr.io/you');
  expect(() => assertDeployable(withRegistry)).not.toThrow();
});

test('flags for docker build are taken one by one', () => {
  const { dockerBuildFlags } = readSettings({ DOCKER_BUILD_FLAGS: ' --network host  --pull ' });
  expect(dockerBuildFlags).toEqual(['--network', 'host', '--pull']);
});

test('a variable that is set to nothing is not set', () => {
  expect(readSettings({ CLUSTER_CONTEXT: '', REGISTRY: '', VALUES: '' })).toEqual(readSettings({}));
});

test.each([[['up']], [['deploy']], [['status']], [['forward']], [['down']]])(
  '%s is a command',
  (args) => {
    expect(parseCommand(args)).toBe(args[0]);
  },
);

test.each([[[]], [['upp']], [['up', 'down']], [['toString']]])('%s is not', (args) => {
  expect(() => parseCommand(args)).toThrow(UsageError);
});

test('--help after a command is a question', () => {
  expect(parseCommand(['down', '--help'])).toBe('help');
});

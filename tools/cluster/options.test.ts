import { expect, test } from 'vitest';

import { UsageError } from '../kit/cli.ts';
import { assertDeployable, parseCommand, readSettings } from './options.ts';

test('the default is the local kind cluster', () => {
  const settings = readSettings({});
  expect(settings).toEqual({
    context: 'kind-relay',
    kindCluster: 'relay',
    registry: undefined,
    valuesFile: 'charts/relay/values-kind.yaml',
    dockerBuildFlags: [],
    commandPrefix: '',
  });
  expect(() => assertDeployable(settings)).not.toThrow();
});

test('a context of another kind cluster has its name', () => {
  expect(readSettings({ CLUSTER_CONTEXT: 'kind-ci' }).kindCluster).toBe('ci');
});

test('a cluster other than kind needs a registry', () => {
  const settings = readSettings({ CLUSTER_CONTEXT: 'staging' });
  expect(settings.kindCluster).toBeUndefined();
  expect(() => assertDeployable(settings)).toThrow(/REGISTRY/);
  const withRegistry = readSettings({ CLUSTER_CONTEXT: 'staging', REGISTRY: 'ghcr.io/you/' });
  expect(withRegistry.registry).toBe('ghcr.io/you');
  expect(() => assertDeployable(withRegistry)).not.toThrow();
});

test('flags for docker build are split at spaces', () => {
  const { dockerBuildFlags } = readSettings({ DOCKER_BUILD_FLAGS: ' --network host  --pull ' });
  expect(dockerBuildFlags).toEqual(['--network', 'host', '--pull']);
});

test('an empty variable counts as unset', () => {
  expect(readSettings({ CLUSTER_CONTEXT: '', REGISTRY: '', VALUES: '' })).toEqual(readSettings({}));
});

test('the command prefix repeats the variables that are set, quoted for a shell', () => {
  const environment = {
    CLUSTER_CONTEXT: 'kind-ci',
    DOCKER_BUILD_FLAGS: "--label a='b'",
    VALUES: '',
  };
  expect(readSettings(environment).commandPrefix).toBe(
    String.raw`CLUSTER_CONTEXT=kind-ci DOCKER_BUILD_FLAGS='--label a='\''b'\''' `,
  );
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

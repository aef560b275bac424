import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { eventually, runScript, start, type Ended } from '../dev/start/testing/processes.ts';
import { environment, relayFolder } from '../dev/start/testing/relay.ts';
import { recordedCluster, unnamed, type RecordedCluster } from './testing/recorded-cluster.ts';

interface Commanded extends RecordedCluster {
  ended: Ended;
}

/** Runs a command on a machine whose kubectl points to production. */
async function command(line: string, more: NodeJS.ProcessEnv = {}): Promise<Commanded> {
  const recorded = await recordedCluster();
  const env = environment(await relayFolder(), { ...recorded.environment, ...more });
  const [script, ...args] = line.split(' ');
  return { ...recorded, ended: await runScript(script!, args, env) };
}

/** Passes for Relay, as far as the load runner looks. */
async function relayAt(): Promise<string> {
  const health = { status: 'ok', postgres: 'up', redis: 'up' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(health));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function expectOnlyMeant({ calls, requests }: RecordedCluster): Promise<void> {
  expect(unnamed(await calls())).toEqual([]);
  expect(requests.current).toEqual([]);
}

test.each([
  ['tools/cluster/main.ts up', ['kubectl', 'helm', 'kind', 'docker']],
  ['tools/cluster/main.ts deploy', ['kubectl', 'helm', 'kind', 'docker']],
  ['tools/cluster/main.ts down', ['kind']],
  ['tests/alerts/main.ts --only RelayRedisDown', ['kubectl', 'helm']],
])('%s names the cluster in each call', async (line, programs) => {
  const commanded = await command(line);
  const called = new Set((await commanded.calls()).map((call) => call.split(' ')[0]));
  const missing = programs.filter((program) => !called.has(program));
  expect({ missing, ...commanded.ended }).toMatchObject({ missing: [] });
  await expectOnlyMeant(commanded);
});

test.each(['rollout', 'herd'])('load %s names the cluster in each call', async (scenario) => {
  const out = await relayFolder();
  const commanded = await command(`load/main.ts ${scenario} --out ${out}`, {
    BASE_URL: await relayAt(),
  });
  const calls = (await commanded.calls()).filter((call) => call.startsWith('kubectl '));
  expect({ calls: calls.length, ...commanded.ended }).not.toMatchObject({ calls: 0 });
  await expectOnlyMeant(commanded);
});

test('status and forward ask the API server of the cluster that is meant', async () => {
  const status = await command('tools/cluster/main.ts status');
  expect(status.requests.meant).not.toEqual([]);
  await expectOnlyMeant(status);

  const recorded = await recordedCluster();
  const env = environment('', recorded.environment);
  const forward = start(process.execPath, ['tools/cluster/main.ts', 'forward'], env);
  await eventually(() => forward.output().includes('waits: '), { what: 'it has looked' });
  forward.signal('SIGINT');
  await forward.ended;
  expect(recorded.requests.meant).not.toEqual([]);
  await expectOnlyMeant(recorded);
});

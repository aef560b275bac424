import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { runScript, start, waitUntil, type Ended } from '../dev/start/testing/processes.ts';
import { environment, relayFolder } from '../dev/start/testing/relay.ts';
import { recordedCluster, unnamed, type RecordedCluster } from '../kit/testing/recorded-cluster.ts';

interface Completed extends RecordedCluster {
  ended: Ended;
}

/** Runs a command while kubectl's current context is another cluster. */
async function command(line: string, more: NodeJS.ProcessEnv = {}): Promise<Completed> {
  const recorded = await recordedCluster();
  const env = environment(await relayFolder(), { ...recorded.environment, ...more });
  const [script, ...args] = line.split(' ');
  return { ...recorded, ended: await runScript(script!, args, env) };
}

/** Serves the health of a Relay, which the load runner checks. */
async function startFakeRelay(): Promise<string> {
  const health = { status: 'ok', postgres: 'up', redis: 'up' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(health));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function expectOnlyNamed({ calls, requests }: RecordedCluster): Promise<void> {
  expect(unnamed(await calls())).toEqual([]);
  expect(requests.current).toEqual([]);
}

test.each([
  ['tools/cluster/main.ts up', ['kubectl', 'helm', 'kind', 'docker']],
  ['tools/cluster/main.ts deploy', ['kubectl', 'helm', 'kind', 'docker']],
  ['tools/cluster/main.ts down', ['kind']],
  ['tests/alerts/main.ts --only RelayRedisDown', ['kubectl', 'helm']],
])('%s names the cluster in each call', async (line, programs) => {
  const completed = await command(line);
  const called = new Set((await completed.calls()).map((call) => call.split(' ')[0]));
  const missing = programs.filter((program) => !called.has(program));
  expect({ missing, ...completed.ended }).toMatchObject({ missing: [] });
  await expectOnlyNamed(completed);
});

test.each(['rollout', 'herd'])('load %s names the cluster in each call', async (scenario) => {
  const out = await relayFolder();
  const completed = await command(`load/main.ts ${scenario} --out ${out}`, {
    BASE_URL: await startFakeRelay(),
  });
  const calls = (await completed.calls()).filter((call) => call.startsWith('kubectl '));
  expect({ calls: calls.length, ...completed.ended }).not.toMatchObject({ calls: 0 });
  await expectOnlyNamed(completed);
});

test('status and forward call the API server of the named cluster', async () => {
  const status = await command('tools/cluster/main.ts status');
  expect(status.requests.named).not.toEqual([]);
  await expectOnlyNamed(status);

  const recorded = await recordedCluster();
  const env = environment('', recorded.environment);
  const forward = start(process.execPath, ['tools/cluster/main.ts', 'forward'], env);
  await waitUntil(() => forward.output().includes('waits: '), { what: 'it has checked' });
  forward.signal('SIGINT');
  await forward.ended;
  expect(recorded.requests.named).not.toEqual([]);
  await expectOnlyNamed(recorded);
});

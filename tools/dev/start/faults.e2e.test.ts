import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import {
  findProgram,
  findRedis,
  findRedisServer,
  isCi,
  isTaken,
  startRedis,
} from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { newClient, type Client } from '../../kit/api-client.ts';
import { runScript, start, waitUntil } from './testing/processes.ts';
import { environment, relayFolder, serversOn, startRelay } from './testing/relay.ts';

const redisServer = await findRedisServer();
const lacksRedis = !redisServer && !isCi();
const npm = await findProgram('npm');

const REDIS = 'tools/dev/redis/main.ts';

/** Waits until reads come from there. */
function readsFrom(client: Client, source: string): Promise<void> {
  const answers = async () => (await client.list()).cache === source;
  return waitUntil(answers, { what: `reads are a ${source}`, timeoutMs: 20_000 });
}

test.skipIf(lacksRedis)('stops and starts its own Redis on request, and no other', async () => {
  const own = await relayFolder();
  const foreign = await startRedis({ binary: redisServer!, dir: path.join(own, 'redis') });
  onTestFinished(() => foreign.stop());
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  const client = await newClient(relay.apiUrl);
  await readsFrom(client, 'HIT');
  const ask = (...args: string[]) => runScript(REDIS, args, environment(dir));

  expect(await ask('get', 'posts:all')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^posts:all, TTL \d+ s\n\{"posts":\[/),
  });
  const stopped = await ask('stop');
  expect(stopped).toMatchObject({ code: 0, output: expect.stringContaining('Redis is stopped') });
  expect(stopped.output).toContain(`RELAY_DIR=${dir} npm run redis -- start`);
  await readsFrom(client, 'FALLBACK');
  // Again: nothing to do, and no failure.
  expect(await ask('stop')).toMatchObject({ code: 0 });
  expect(await findRedis(path.join(dir, 'redis'))).toBeUndefined();
  expect(await ask('start')).toMatchObject({ code: 0, output: expect.stringContaining('runs') });
  await readsFrom(client, 'HIT');
  expect(await findRedis(path.join(own, 'redis'))).toMatchObject({ pid: foreign.pid });

  await relay.stop();
  expect(await ask('stop')).toMatchObject({
    code: 1,
    output: expect.stringContaining(`No Relay runs on ${dir}`),
  });
});

test.skipIf(lacksRedis)('a stopped Redis starts again with the next npm start', async () => {
  const dir = await relayFolder();
  const first = await startRelay(dir);
  await runScript(REDIS, ['stop'], environment(dir));
  await first.stop();
  const second = await startRelay(dir);
  expect(await findRedis(path.join(dir, 'redis'))).toBeDefined();
  await readsFrom(await newClient(second.apiUrl), 'HIT');
});

test.skipIf(lacksRedis)('starts Postgres and Redis again when they are killed', async () => {
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  const client = await newClient(relay.apiUrl);
  await client.post('Kept');
  const killed = await serversOn(dir);
  expect(killed).toHaveLength(2);
  for (const pid of killed) process.kill(pid, 'SIGKILL');

  await waitUntil(() => relay.output().includes('Postgres runs again.'), { what: 'Postgres' });
  await waitUntil(() => relay.output().includes('Redis runs again.'), { what: 'Redis' });
  await readsFrom(client, 'HIT');
  expect(await client.titles()).toEqual(['Kept']);
  expect(await relay.stop()).toMatchObject({ code: 0 });
  expect(await serversOn(dir)).toEqual([]);
});

test.skipIf(lacksRedis)('takes the port of the Redis that a killed Relay has left', async () => {
  const dir = await relayFolder();
  const killed = await startRelay(dir);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const left = await findRedis(path.join(dir, 'redis'));
  const relay = await startRelay(dir);
  expect(relay.output()).toContain(`Ending the Redis (process ${left!.pid})`);
  expect(await findRedis(path.join(dir, 'redis'))).toMatchObject({
    port: Number(new URL(relay.redis!.url).port),
  });
});

test.skipIf(!npm && !isCi()).each(['SIGTERM', 'SIGKILL'] as const)(
  'ends with the npm that started it, which gets %s alone',
  async (signal) => {
    const dir = await relayFolder();
    const program = start(npm!, ['start'], environment(dir));
    onTestFinished(() => void program.child.kill('SIGKILL'));
    await waitUntil(() => program.output().includes('Ctrl-C ends everything.'), { what: 'ready' });
    const { pid } = JSON.parse(await readFile(path.join(dir, 'running.json'), 'utf8')) as {
      pid: number;
    };
    onTestFinished(() => {
      if (isTaken(pid)) process.kill(pid, 'SIGKILL');
    });
    const ended = once(program.child, 'exit');
    program.child.kill(signal);
    await ended;
    await waitUntil(() => !isTaken(pid), { what: 'Relay has ended', timeoutMs: 20_000 });
    expect(await serversOn(dir)).toEqual([]);
  },
);

test('answers GET / on the admin port with links that work', async () => {
  const { adminUrl } = await startRelay(await relayFolder());
  const answer = await fetch(`${adminUrl}/`);
  expect(answer.status).toBe(200);
  const { links } = JSON.parse(await answer.text()) as { links: Record<string, string> };
  expect(Object.keys(links).length).toBeGreaterThan(1);
  for (const link of Object.keys(links)) {
    expect({ link, ok: (await fetch(`${adminUrl}${link}`)).ok }).toEqual({ link, ok: true });
  }
});

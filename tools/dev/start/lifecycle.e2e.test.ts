import { once } from 'node:events';
import { readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { createRedisClient } from '@relay/cache/redis';
import { findRedisServer, isCi } from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { logIn, newClient, PASSWORD } from '../../kit/api-client.ts';
import { waitUntil, type RunningProgram } from './testing/processes.ts';
import { relayFolder, serversOn, spawnRelay, startRelay } from './testing/relay.ts';

const redisServer = await findRedisServer();

test('keeps posts and users from one run to the next', async () => {
  const dir = await relayFolder();
  const first = await startRelay(dir);
  const author = await newClient(first.apiUrl);
  await author.post('Kept');
  expect(await serversOn(dir)).not.toEqual([]);
  // The file holds a password.
  expect((await stat(path.join(dir, 'running.json'))).mode & 0o777).toBe(0o600);

  expect(await first.stop()).toMatchObject({ code: 0 });
  expect(await serversOn(dir)).toEqual([]);
  expect(await readdir(dir)).not.toContain('running.json');

  const second = await startRelay(dir);
  const again = await logIn(second.apiUrl, author.email);
  expect(await again.titles()).toEqual(['Kept']);
});

test.skipIf(!redisServer && !isCi())('caches nothing of a database that is gone', async () => {
  const dir = await relayFolder();
  const first = await startRelay(dir);
  const author = await newClient(first.apiUrl);
  await author.post('Gone');
  expect(await author.titles()).toEqual(['Gone']);
  await first.stop();
  await rm(path.join(dir, 'postgres'), { recursive: true });

  const second = await startRelay(dir);
  expect(await (await newClient(second.apiUrl)).titles()).toEqual([]);
  const redis = createRedisClient({ connection: second.redis!.url });
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  const limits = await redis.config('GET', 'maxmemory*');
  expect(limits).toEqual(expect.arrayContaining(['allkeys-lru', String(256 * 1024 * 1024)]));
});

test('answers the request that is under way when Ctrl-C comes', async () => {
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  const email = 'late@example.com';
  const body = JSON.stringify({ username: 'late', email, password: PASSWORD });
  const upload = request(`${relay.apiUrl}/api/auth/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
  });
  upload.write(body.slice(0, 10));
  await waitUntil(() => upload.socket?.readyState === 'open', { what: 'the connection' });

  relay.signal('SIGINT');
  await waitUntil(() => relay.output().includes('Shutting down'), { what: 'the shutdown' });
  upload.end(body.slice(10));
  const [response] = await once(upload, 'response');
  expect(await text(response)).toContain(email);
  expect(response.statusCode).toBe(201);
  expect(await relay.ended).toMatchObject({ code: 0 });
  expect(await serversOn(dir)).toEqual([]);
});

test('ends at Ctrl-C despite connections without a complete request', async () => {
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  const half = 'POST /api/auth/users HTTP/1.1\r\nHost: loc';
  for (const url of [relay.apiUrl, relay.adminUrl]) {
    for (const bytes of ['', half]) await connection(url, bytes);
  }
  // The bytes above arrive before the answer to this.
  await newClient(relay.apiUrl);
  await fetch(`${relay.adminUrl}/livez`);
  const { code, output } = await relay.stop();
  expect({ code, output }).toEqual({ code: 0, output });
  expect(output).toContain('Shut down');
  expect(await serversOn(dir)).toEqual([]);
});

/** Opens a connection, sends the bytes, and stays open. */
async function connection(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  if (bytes) await new Promise((resolve) => socket.write(bytes, resolve));
}

test('recovers from SIGKILL, and ends with its terminal window', async () => {
  const dir = await relayFolder();
  const killed = await startRelay(dir);
  const author = await newClient(killed.apiUrl);
  await author.post('Survived');
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(await serversOn(dir)).not.toEqual([]);

  const relay = await startRelay(dir);
  expect(relay.output()).toContain('that an earlier run left');
  expect(await (await logIn(relay.apiUrl, author.email)).titles()).toEqual(['Survived']);
  relay.signal('SIGHUP');
  expect(await relay.ended).toMatchObject({ code: 0 });
  expect(await serversOn(dir)).toEqual([]);
});

test('starts once on a folder, however many try', async () => {
  const dir = await relayFolder();
  const rivals = [spawnRelay(dir), spawnRelay(dir)];
  const refused = await Promise.race(rivals.map(({ ended }) => ended));
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('already runs on') });
  const winner = rivals.find(({ child }) => child.exitCode === null)!;
  await waitUntil(() => winner.output().includes('Relay is ready.'), {
    what: 'the other is ready',
  });

  const late = await spawnRelay(dir).ended;
  expect(late).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /Relay already runs on .*: http:\/\/localhost:\d+ \(process \d+\)/,
    ),
  });
  expect(winner.child.exitCode).toBeNull();
});

const listens = ({ output }: RunningProgram) => output().includes('Listening');

test('leaves nothing behind when Ctrl-C comes while it starts', async () => {
  const dir = await relayFolder();
  const exists = (file: string) => stat(path.join(dir, file)).then(Boolean, () => false);
  const initialising = async () =>
    (await readdir(path.join(dir, 'postgres')).catch(() => [])).some((name) =>
      name.startsWith('cluster.new-'),
    );
  const moments: Record<string, (program: RunningProgram) => Promise<boolean> | boolean> = {
    'the database is made': initialising,
    'it has begun': ({ output }) => output().includes('Starting Relay'),
    'Postgres starts': () => exists('postgres/cluster/postmaster.pid'),
    // Or it listens, where there is no Redis to start.
    'Redis starts': async (program) => (await exists('redis/redis.pid')) || listens(program),
    'it listens': listens,
  };
  for (const [what, hasCome] of Object.entries(moments)) {
    const program = spawnRelay(dir);
    await waitUntil(async () => (await hasCome(program)) || program.child.exitCode !== null, {
      what,
    });
    // Twice: the terminal signals the process, and npm passes the signal on.
    program.signal('SIGINT');
    program.signal('SIGINT');
    const { code, signal, output } = await program.ended;
    expect({ what, code, signal, output }).toEqual({ what, code: 0, signal: null, output });
    // pg_ctl, which is in our process group too, may have ended Postgres just before.
    await waitUntil(async () => (await serversOn(dir)).length === 0, {
      what: `nothing is left of a start that was interrupted when ${what}`,
      timeoutMs: 10_000,
    });
  }
  const relay = await startRelay(dir);
  expect(relay.output()).not.toContain('that an earlier run left');
});

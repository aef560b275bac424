import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { runScript } from '../start/testing/processes.ts';
import { environment, relayFolder, startRelay } from '../start/testing/relay.ts';

const DEMO = 'tools/dev/demo/main.ts';

/** The `X-Cache` of each read, in order. */
const reads = (output: string) =>
  [...output.matchAll(/X-Cache: (\w+)/g)].map(([, source]) => source);

test('shows misses and hits, in every run', async () => {
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  for (const run of ['first', 'second']) {
    const { code, output } = await runScript(DEMO, [], environment(dir));
    expect({ run, code, output }).toEqual({ run, code: 0, output });
    expect(reads(output)).toEqual(['MISS', 'HIT', 'MISS', 'HIT', 'MISS', 'HIT']);
    expect(output).toContain(`curl ${relay.apiUrl}/api/posts \\\n`);
    expect(output).toMatch(/ 201 {3}\d+\.\d ms/);
    expect(output).toMatch(/posts:all +\d+ -> \d+ +\d+ -> \d+/);
    expect(output).toMatch(
      relay.redis
        ? /Redis {3}posts:all {3}TTL \d+ s\n +\{"posts":\[/
        : /Relay caches in its own process/,
    );
    // No terminal, no colours.
    expect(output).not.toContain('\u001B');
  }
});

test('works without Redis, and names the fallback', async () => {
  const dir = await relayFolder();
  const lost = { REDIS_URL: 'redis://127.0.0.1:1' };
  const { apiUrl } = await startRelay(dir, lost);
  const env = environment(dir, { BASE_URL: apiUrl, ADMIN_URL: 'http://127.0.0.1:1', ...lost });
  const { code, output } = await runScript(DEMO, [], env);
  expect({ code, output }).toEqual({ code: 0, output });
  expect(new Set(reads(output))).toEqual(new Set(['FALLBACK']));
  expect(output).toContain('Redis at 127.0.0.1:1 does not answer (ECONNREFUSED)');
  expect(output).toContain('The admin port is not reachable at http://127.0.0.1:1');
});

test('refuses a server that is not Relay', async () => {
  const dir = await relayFolder();
  const server = createServer((_request, response) => response.end('{"status":"fine"}'));
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, output } = await runScript(DEMO, [], environment(dir, { BASE_URL: baseUrl }));
  expect(code).toBe(1);
  expect(output).toContain(`The server at ${baseUrl} is not Relay`);
});

test('calls no other Relay than that of the folder which was named', async () => {
  const dir = await relayFolder();
  const { code, output } = await runScript(DEMO, [], environment(dir));
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringContaining(`No Relay runs on ${dir}`),
  });
});

test('names the remedy if nothing listens, or BASE_URL is no URL', async () => {
  const dir = await relayFolder();
  const nothing = await runScript(DEMO, [], environment(dir, { BASE_URL: 'http://127.0.0.1:1' }));
  expect(nothing.code).toBe(1);
  expect(nothing.output.trim()).toBe(
    'Nothing answers at http://127.0.0.1:1. Start Relay first: npm start',
  );
  const wrong = await runScript(DEMO, [], environment(dir, { BASE_URL: 'nowhere' }));
  expect(wrong).toMatchObject({ code: 1, output: expect.stringMatching(/^BASE_URL: /) });
});

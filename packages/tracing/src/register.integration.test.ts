import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { runTraced, startApp } from '../test-app/start.ts';

const here = new URL('./', import.meta.url).href;

// Before the preload, to list every module that is loaded after it, ESM or CommonJS.
const listModules = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  globalThis.loaded = [];
  registerHooks({ load: (url, context, next) => { globalThis.loaded.push(url); return next(url, context); } });
`)}`;
const printModules = 'process.stdout.write(JSON.stringify(globalThis.loaded))';

async function modulesLoaded(env: Record<string, string>): Promise<string[]> {
  const { stdout } = await runTraced(printModules, {
    ...env,
    NODE_OPTIONS: `--import=${listModules}`,
  });
  return JSON.parse(stdout) as string[];
}

describe('without an endpoint', () => {
  test.each([
    ['nothing is set', {}],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    [
      'the SDK is disabled',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' },
    ],
  ])('loads two files only: %s', async (_case, env) => {
    const loaded = await modulesLoaded(env);
    expect(loaded.filter((url) => url.startsWith('file:'))).toEqual([
      `${here}register.ts`,
      `${here}config.ts`,
    ]);
  });

  test('the API reports that tracing is off', async () => {
    const app = await startApp({});
    const response = await fetch(`${app.url}/plain`);
    expect(await response.json()).toEqual({ enabled: false, ids: null });
    expect(await app.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});

test('with an endpoint the SDK is loaded', async () => {
  const loaded = await modulesLoaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' });
  expect(loaded.some((url) => url.includes('/@opentelemetry/sdk-node/'))).toBe(true);
  expect(loaded.some((url) => url.includes('/import-in-the-middle/'))).toBe(true);
});

test.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
  'ends with a message when %s is no URL, without quoting it',
  async (name) => {
    const { code, stdout, stderr } = await runTraced("process.stdout.write('ran')", {
      [name]: 'collector:4318/pass-word',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `Invalid tracing configuration.\n${name}: must be a URL that begins with http:// or https://\n`,
    );
  },
);

test('leaves worker threads alone', async () => {
  const report = `process.stdout.write(typeof globalThis[Symbol.for('opentelemetry.js.api.1')] + ' ')`;
  const { stdout } = await runTraced(
    `import { Worker } from 'node:worker_threads';
     ${report};
     new Worker(${JSON.stringify(report)}, { eval: true });`,
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
  );
  expect(stdout).toBe('object undefined ');
});

test('installs no signal handler', async () => {
  const { stdout } = await runTraced(
    "process.stdout.write(String(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')))",
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
  );
  expect(stdout).toBe('0');
});

async function startCollector(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const warnings = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { level: number; msg: string });

describe('the collector', () => {
  test('is unreachable: the app responds and exits cleanly', async () => {
    const app = await startApp({
      // Nothing listens on port 1.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    const response = await fetch(`${app.url}/plain`);
    expect(await response.json()).toMatchObject({ enabled: true });
    const { code, stderr } = await app.stop();
    expect(code).toBe(0);
    expect(warnings(stderr)).toEqual([expect.objectContaining({ level: 40, service: 'relay' })]);
  });

  test('never responds: the app responds and exits cleanly', async () => {
    let requests = 0;
    const endpoint = await startCollector(() => (requests += 1));
    const app = await startApp({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    await fetch(`${app.url}/plain`);
    await vi.waitFor(() => expect(requests).toBe(1));
    const response = await fetch(`${app.url}/plain`);
    expect(response.status).toBe(200);
    const { code, stderr } = await app.stop();
    expect(code).toBe(0);
    expect(warnings(stderr)).toMatchObject([
      { level: 40, msg: 'The collector did not accept the last spans in time' },
    ]);
  });

  test('rejects every batch: one warning, not one per batch', async () => {
    let refused = 0;
    const endpoint = await startCollector((_request, response) => {
      refused += 1;
      response.writeHead(400).end();
    });
    const app = await startApp({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    for (let batches = 1; batches <= 3; batches += 1) {
      await fetch(`${app.url}/plain`);
      await vi.waitFor(() => expect(refused).toBe(batches));
    }
    const { code, stderr } = await app.stop();
    expect(code).toBe(0);
    expect(warnings(stderr)).toMatchObject([
      { level: 40, msg: 'Could not export spans', err: { type: 'OTLPExporterError' } },
    ]);
  });
});

import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { findProgram, isCi } from '@relay/dev-servers';
import { describe, expect, test } from 'vitest';

import { runScript, start } from '../tools/dev/start/testing/processes.ts';
import { environment, relayFolder, startRelay } from '../tools/dev/start/testing/relay.ts';
import { PLANS, SCENARIO_NAMES } from './plans.ts';
import { thresholdsOf } from './thresholds.ts';

const RUNNER = 'load/main.ts';
const k6 = await findProgram('k6');
if (!k6 && !isCi()) {
  process.stderr.write('The tests that run k6 are skipped: it is not on the PATH.\n');
}

const run = (args: string[], env: NodeJS.ProcessEnv) => runScript(RUNNER, args, env);

/** A folder for the PATH with one program, and those that a shell script needs. */
async function pathWith(folder: string, program: string, script: string): Promise<string> {
  const file = path.join(folder, program);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return `${folder}:/usr/bin:/bin`;
}

test.runIf(isCi())('CI has k6', () => {
  expect(k6).toBeDefined();
});

describe.skipIf(!k6)('with k6', () => {
  test.each(SCENARIO_NAMES)('%s is a script that k6 takes', async (name) => {
    const env = environment('', { DURATION: '7s', METRICS_URLS: 'http://a,http://b' });
    const { code, output } = await start(k6!, ['inspect', `load/scenarios/${name}.ts`], env).ended;
    expect({ code, output }).toEqual({ code: 0, output });
    const { scenarios, thresholds } = JSON.parse(output);
    expect(Object.keys(scenarios)).toContain(name);
    const expected = Object.keys(thresholdsOf(name));
    expect(Object.keys(thresholds).toSorted()).toEqual(expected.toSorted());
  });

  test('smoke passes against Relay, and its results hold no token', async () => {
    const dir = await relayFolder();
    const { apiUrl } = await startRelay(dir);
    const out = path.join(dir, 'results');
    const env = environment(dir, { BASE_URL: apiUrl });
    const { code, output } = await run(['smoke', '--duration', '2s', '--out', out], env);
    expect({ code, output }).toEqual({ code: 0, output });
    expect(output).toMatch(/\| list posts +\| +\d+ \|/);
    expect(output).toContain('Passed.');

    const [file = ''] = await readdir(out);
    expect(file).toMatch(/^smoke-.*\.json$/);
    const text = await readFile(path.join(out, file), 'utf8');
    expect(JSON.parse(text).metrics.checks.values.rate).toBe(1);
    expect(text).not.toContain('eyJ');
  });

  test('a threshold that is not met is an exit code', async () => {
    const dir = await relayFolder();
    const { apiUrl } = await startRelay(dir);
    const env = environment(dir, { BASE_URL: apiUrl });
    // So few requests that most calls are not made.
    const args = ['soak', '--duration', '1s', '--rate', '1', '--out', path.join(dir, 'results')];
    const { code, output } = await run(args, env);
    expect(code).toBe(99);
    expect(output).toMatch(/FAILED: \d+ of \d+ thresholds\./);
  });
});

test('explains itself', async () => {
  const { code, output } = await run(['--help'], environment(''));
  expect(code).toBe(0);
  for (const { what } of Object.values(PLANS)) expect(output).toContain(what);
});

test('refuses an unknown scenario in a few words', async () => {
  expect(await run(['walk'], environment(''))).toMatchObject({
    code: 2,
    output:
      'There is no scenario "walk". There are: smoke, load, stress, soak, herd, rollout\n' +
      'All options: --help\n',
  });
  const { code, output } = await run(['smoke'], environment('', { BASE_URL: 'nowhere' }));
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/^BASE_URL: /) });
});

test('names the place of k6 if it is missing or too old', async () => {
  const dir = await relayFolder();
  const missing = await run(['smoke'], environment(dir, { PATH: dir }));
  expect(missing).toMatchObject({
    code: 1,
    output: expect.stringContaining('k6 is not on the PATH'),
  });
  const PATH = await pathWith(dir, 'k6', 'echo "k6 v0.49.0 (go1.21.6, linux/amd64)"');
  const old = await run(['smoke'], environment(dir, { PATH }));
  expect(old).toMatchObject({ code: 1, output: expect.stringContaining('k6 1.0 or newer') });
  expect(old.output).toContain('https://grafana.com/docs/k6/');
});

test('replaces no pods when it is npm start that is loaded', async () => {
  const dir = await relayFolder();
  const { apiUrl } = await startRelay(dir);
  await pathWith(dir, 'kubectl', 'touch "$0.called"');
  const PATH = await pathWith(dir, 'k6', 'echo "k6 v1.8.1"');
  const { code, output } = await run(['rollout'], environment(dir, { PATH, BASE_URL: apiUrl }));
  expect(code).toBe(1);
  expect(output).toContain('there are no pods to replace');
  expect(await readdir(dir)).not.toContain('kubectl.called');
});

test('names the remedy if nothing listens', async () => {
  const dir = await relayFolder();
  const PATH = await pathWith(dir, 'k6', 'echo "k6 v1.8.1"');
  const env = environment(dir, { PATH, BASE_URL: 'http://127.0.0.1:1' });
  expect(await run(['smoke'], env)).toMatchObject({
    code: 1,
    output: expect.stringContaining('Nothing answers at http://127.0.0.1:1. Start Relay first'),
  });
});

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';

import { render } from './helm.ts';
import type { Probe } from './kubernetes.ts';
import { workloads } from './manifests.ts';

const PING = 'redis-cli -e ping';
const IS_READY = 'pg_isready --host=127.0.0.1 --username=postgres --dbname=relay';

/** The target of a probe: `port/path`, or the first words of a command. */
function targetOf(probe: Probe | undefined): string | undefined {
  if (probe?.httpGet) return `${probe.httpGet.port}${probe.httpGet.path}`;
  return probe?.exec?.command?.join(' ');
}

async function probesOf(component: string) {
  const found = workloads(await render()).find((one) => one.component === component);
  const { startupProbe, livenessProbe, readinessProbe } = found!.pod.containers[0]!;
  return { startupProbe, livenessProbe, readinessProbe };
}

/** Runs the probe with these exit codes of `pg_isready` and `psql`. */
async function startupOfPostgres(exits: { isReady: number; psql: number }) {
  const { startupProbe } = await probesOf('postgres');
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-chart-probe-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const programs = { pg_isready: exits.isReady, psql: exits.psql };
  for (const [program, exit] of Object.entries(programs)) {
    const file = path.join(folder, program);
    await writeFile(file, `#!/bin/sh\necho ${program} "$@"\nexit ${exit}\n`);
    await chmod(file, 0o755);
  }
  const [shell, ...args] = startupProbe!.exec!.command!;
  return execa(`/bin/${shell}`, args, { env: { PATH: folder }, reject: false });
}

describe('the kubelet', () => {
  it.each([
    [
      ['auth', 'post', 'web'],
      {
        startupProbe: 'admin/livez',
        // Not /readyz: a restart does not repair Postgres.
        livenessProbe: 'admin/livez',
        readinessProbe: 'admin/readyz',
      },
    ],
    [['redis'], { startupProbe: PING, livenessProbe: PING, readinessProbe: PING }],
    [
      ['postgres'],
      {
        startupProbe: expect.stringContaining('pg_isready') as string,
        livenessProbe: IS_READY,
        readinessProbe: IS_READY,
      },
    ],
    // Of the exporter alone: while its store is down, it has to report that.
    [
      ['redis-exporter', 'postgres-exporter'],
      { startupProbe: undefined, livenessProbe: 'metrics/', readinessProbe: 'metrics/' },
    ],
  ])('asks %s', async (components, expected) => {
    const questions = await Promise.all(
      components.map(async (component) => {
        const probes = Object.entries(await probesOf(component));
        return Object.fromEntries(probes.map(([name, probe]) => [name, targetOf(probe)]));
      }),
    );
    expect(questions).toEqual(components.map(() => expected));
  });

  it.each([
    ['answers on TCP and has its roles', { isReady: 0, psql: 0 }, 0],
    ['is still being initialised, and has no TCP', { isReady: 2, psql: 0 }, 2],
    ['was killed while it was initialised, and has no roles', { isReady: 0, psql: 1 }, 1],
  ])('takes Postgres for started if it %s', async (_state, exits, exitCode) => {
    expect(await startupOfPostgres(exits)).toMatchObject({ exitCode });
  });

  it('queries Postgres for its database and the role that the migrations need', async () => {
    const { stdout } = await startupOfPostgres({ isReady: 0, psql: 0 });
    // Over TCP: while it is initialised, it listens on its socket alone.
    expect(stdout).toMatch(/^pg_isready .*--host=127\.0\.0\.1/m);
    expect(stdout).toMatch(/^psql .*--dbname=relay .*select 'relay_owner'::regrole$/m);
    // With one, it would query over TCP, and need a password that may be about to change.
    expect(stdout).not.toMatch(/^psql .*--host/m);
  });
});

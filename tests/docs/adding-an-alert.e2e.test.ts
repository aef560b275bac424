import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { stepsIn, withLines, type Step } from './steps.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const DOCUMENT = 'docs/adding-an-alert.md';
/** Nothing that a step or its test reads. */
const LEFT_OUT = new Set(['node_modules', '.git', '.relay', 'coverage', 'bench-results', 'images']);
const UNIT = ['metrics-table', 'grafana', 'packages/cache/src/observe', 'tools/chart/docs'];
const CHART = ['rules.chart', 'runbooks.chart', 'inhibition.chart', 'experiments.chart'];
const TIMEOUT_MS = 600_000;

const isCopied = (file: string) => !LEFT_OUT.has(path.basename(file));

let copy: string;
let steps: Step[];

/** A copy of the repository without node_modules: it links to the installed packages, but its own are the copy's. */
beforeAll(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'relay-how-to-'));
  await cp(ROOT, copy, { recursive: true, filter: isCopied });
  const [from, to] = [ROOT, copy].map((root) => path.join(root, 'node_modules')) as [
    string,
    string,
  ];
  await mkdir(path.join(to, '@relay'), { recursive: true });
  const installed = (await readdir(from)).filter((name) => name !== '@relay');
  await Promise.all(installed.map((name) => symlink(path.join(from, name), path.join(to, name))));
  for (const folder of ['packages', 'services']) {
    for (const name of await readdir(path.join(copy, folder))) {
      await symlink(path.join(copy, folder, name), path.join(to, '@relay', name));
    }
  }
  steps = stepsIn(await readFile(path.join(copy, DOCUMENT), 'utf8'));
}, TIMEOUT_MS);
afterAll(() => rm(copy, { recursive: true, force: true }));

/** @throws Error with all that the program printed */
async function inCopy(program: string, ...args: string[]): Promise<void> {
  const { exitCode, all } = await execa(program, args, { cwd: copy, all: true, reject: false });
  if (exitCode !== 0) throw new Error(`${[program, ...args].join(' ')}\n${all}`);
}

const vitest = (project: 'unit' | 'chart', names: readonly string[]) =>
  inCopy('npx', 'vitest', 'run', '--project', project, ...names);

async function take(step: Step): Promise<void> {
  if (step.kind === 'run') {
    const [program = '', ...args] = step.command.split(' ');
    return inCopy(program, ...args);
  }
  const file = path.join(copy, step.file);
  await mkdir(path.dirname(file), { recursive: true });
  const text = step.place ? await readFile(file, 'utf8') : '';
  await writeFile(file, withLines(text, step));
}

test(
  'the steps for a new alert, taken to the letter, pass every test that holds them',
  async () => {
    expect(steps.length).toBeGreaterThan(10);
    for (const step of steps) await take(step);
    await vitest('unit', UNIT);
    await vitest('chart', CHART);
  },
  TIMEOUT_MS,
);

test(
  'a metric that is documented and not emitted is named by the test of its step',
  async () => {
    const file = path.join(copy, 'packages/cache/src/observe/prometheus.ts');
    const text = await readFile(file, 'utf8');
    const entry = /^ *outageMetrics,\n/m;
    expect(text).toMatch(entry);
    await writeFile(file, text.replace(entry, ''));
    await expect(vitest('unit', ['metrics-table'])).rejects.toThrow(
      'cache_store_down_seconds_total',
    );
  },
  TIMEOUT_MS,
);

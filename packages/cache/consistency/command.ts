import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createDatabase, startPostgres } from '@relay/dev-servers';

import type { Options } from './options.ts';
import type { Outcome } from './run-scenario.ts';
import { runConsistency } from './run.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { sendSignal } from './send-signal.ts';
import { formatProblems, formatTable, formatVerdict } from './table.ts';

const print = (text: string) => void process.stdout.write(`${text}\n`);

function printOutcome({ scenario, consistency, seconds, scan, broken, failures }: Outcome): void {
  const mark = broken.length === 0 ? 'ok    ' : 'BROKEN';
  const racy = `${scan.racyReads} racy reads`;
  print(`${mark} ${scenario} (${consistency}), ${seconds.toFixed(1)} s, ${racy}`);
  const reasons = [...failures].sort(([, a], [, b]) => b - a).slice(0, 4);
  for (const [reason, count] of reasons) print(`         ${count} x ${reason.slice(0, 140)}`);
}

async function runWithPostgres(options: Options): Promise<Outcome[]> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'consistency-postgres-'));
  // Nothing here outlives the run, so nothing needs to be on the disk for certain.
  const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
  // It would outlive a run that is interrupted.
  process.once('exit', () => sendSignal(postgres.pid, 'SIGQUIT'));
  try {
    const databaseUrl = await createDatabase(postgres.url, 'consistency');
    return await runConsistency({ ...options, databaseUrl, onOutcome: printOutcome });
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
    await rm(postgres.dataDir, { recursive: true, force: true });
  }
}

/** Runs the checker and prints its verdict. Returns the exit code: 1 if a rule is broken, 2 for an unknown scenario. */
export async function check(options: Options): Promise<number> {
  const names = SCENARIOS.map(({ name }) => name);
  const unknown = options.only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`--only: no scenario "${unknown}". There are: ${names.join(', ')}\n`);
    return 2;
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));
  const outcomes = await runWithPostgres(options);
  const failed = outcomes.filter(({ broken }) => broken.length > 0);
  print(`\n${formatTable(outcomes)}\n`);
  for (const outcome of failed) print(`${formatProblems(outcome)}\n`);
  print(formatVerdict(outcomes));
  return failed.length === 0 ? 0 : 1;
}

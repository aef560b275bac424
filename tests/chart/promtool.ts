import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { inject } from 'vitest';
import { parse, stringify } from 'yaml';

import { ALERTS, type RuleFile } from './rules.ts';

/** The output of `promtool check rules`. @throws Error if it finds a fault */
export function checkRules(rules: RuleFile): Promise<string> {
  return withRules(rules, (folder) => promtool(['check', 'rules', 'rules.yaml'], folder));
}

/** Runs one of the tests of a folder on rules. @throws Error with the expected and the actual result */
export function testRules(rules: RuleFile, file: string): Promise<string> {
  return withRules(rules, async (folder) => {
    await copyFile(file, path.join(folder, 'test.yaml'));
    return promtool(['test', 'rules', 'test.yaml'], folder);
  });
}

/** The sets of labels with which an alert fires in its test. */
export function seenLabels(alert: string): Record<string, string>[] {
  const text = readFileSync(path.join(ALERTS, alert, 'rule.test.yaml'), 'utf8');
  const { tests } = parse(text) as {
    tests: { alert_rule_test: { exp_alerts: { exp_labels: Record<string, string> }[] }[] }[];
  };
  return tests
    .flatMap(({ alert_rule_test }) => alert_rule_test)
    .flatMap(({ exp_alerts }) => exp_alerts.map(({ exp_labels }) => exp_labels));
}

async function withRules<T>(rules: RuleFile, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-rules-'));
  try {
    // As the tests name it, under `rule_files`.
    await writeFile(path.join(folder, 'rules.yaml'), stringify(rules));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function promtool(args: readonly string[], cwd: string): Promise<string> {
  const program = inject('promtool') ?? 'promtool';
  const { all, exitCode } = await execa(program, args, { cwd, all: true, reject: false });
  if (exitCode === 0) return all;
  throw new Error(`promtool ${args.join(' ')}\n${all}`);
}

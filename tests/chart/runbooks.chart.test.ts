import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { alertNames, alertsOf } from './rules.ts';
import { scenarios } from './scenarios.ts';

const RUNBOOKS = path.join(import.meta.dirname, '../../charts/relay/alerts');
const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'];

/** With the defaults, and the alerts that need kube-state-metrics. */
const withRules = scenarios['with rules'];
const pages = readdirSync(RUNBOOKS)
  .filter((file) => file !== 'README.md')
  .map((alert) => `${alert}/runbook.md`);
const read = (page: string) => readFileSync(path.join(RUNBOOKS, page), 'utf8');

describe('the runbooks', () => {
  it('are one for each alert, and no more', async () => {
    const names = (await alertNames(withRules)).map((alert) => `${alert}/runbook.md`);
    expect(pages.toSorted()).toEqual(names);
  });

  it.each(pages)('have the same sections: %s', (page) => {
    const [, title, line] = /^# (\w+)\n\n(\S.*)\n/.exec(read(page)) ?? [];
    expect([title, typeof line]).toEqual([path.dirname(page), 'string']);
    const headings = [...read(page).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(SECTIONS);
  });

  it.each(pages)('look, and change nothing, where they diagnose: %s', (page) => {
    const [, diagnosis] = /^## Diagnosis\n(.*?)^## /ms.exec(read(page)) ?? [];
    expect(diagnosis).toMatch(/^```bash\n/m);
    expect(diagnosis).not.toMatch(
      /\b(?:kubectl|helm)\b.*\b(?:apply|delete|drain|edit|patch|restart|rollback|scale|set|upgrade)\b/,
    );
    expect(diagnosis).not.toMatch(/\blogs -f|--follow|--watch|port-forward/);
  });

  it('have an index with the severities of the rules', async () => {
    const rows = read('README.md').matchAll(
      /^\| \[(\w+)\]\((\w+)\/runbook\.md\) +\| ([\w, ]+?) +\|/gm,
    );
    const listed = [...rows].map(([, name, page, severity]) => `${name} ${page} ${severity}`);
    const severities = new Map<string, Set<string>>();
    for (const { alert, labels } of await alertsOf(withRules)) {
      const known = severities.get(alert) ?? new Set();
      severities.set(alert, known.add(labels.severity));
    }
    const alerts = [...severities].map(([name, each]) => `${name} ${name} ${[...each].join(', ')}`);
    expect(listed.toSorted()).toEqual(alerts.toSorted());
  });
});

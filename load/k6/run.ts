import type { Options, Scenario } from 'k6/options';

import type { Stage } from '../plans.ts';
import type { Settings } from '../settings.ts';
import { formatSummary, type Summary } from '../summary.ts';
import { thresholdsOf } from '../thresholds.ts';

/** The options that every scenario shares, around its own. */
export function optionsOf(settings: Settings, scenarios: Record<string, Scenario>): Options {
  return {
    scenarios,
    thresholds: thresholdsOf(settings.scenario),
    summaryTrendStats: ['min', 'avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
    // Without `url`, which has a value for each post.
    systemTags: [
      'name',
      'method',
      'status',
      'error_code',
      'scenario',
      'expected_response',
      'check',
    ],
    // Long enough to sit out the minute of a rate limit.
    setupTimeout: '4m',
    userAgent: 'relay-load',
  };
}

/** Stages as k6 takes them. */
export function stagesOf(stages: readonly Stage[]) {
  return stages.map(({ target, seconds }) => ({ target, duration: `${seconds}s` }));
}

/** Prints the table, and writes the results to the file of the settings. */
export function summarize(settings: Settings) {
  return (data: Summary & { setup_data?: unknown }): Record<string, string> => {
    // Its tokens are good for a while yet.
    const { setup_data: _tokens, ...results } = data;
    const report = `${formatSummary(settings, results)}\n`;
    if (!settings.resultsFile) return { stdout: report };
    const json = `${JSON.stringify({ settings, ...results }, null, 2)}\n`;
    return { stdout: report, [settings.resultsFile]: json };
  };
}

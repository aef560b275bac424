import { CACHE_ANSWERS, CALLS, READS, type Call } from './calls.ts';
import { BOTH_SERVICES_MIX, FRONT_PAGE_MIX, type Mix } from './mix.ts';
import type { ScenarioName } from './plans.ts';

/** A rule as k6 takes it. */
type Rule = string | { threshold: string; abortOnFail: true; delayAbortEval: string };

/** Rules by metric, or by metric and tag. One without rules is only measured, for the table. */
export type Thresholds = Record<string, Rule[]>;

/** Calls that every scenario may make. The table shows them, without a threshold. */
export const PREPARATION: readonly Call[] = [
  CALLS.register,
  CALLS.login,
  CALLS.prepare,
  CALLS.refresh,
];

const NONE_FAILED: Thresholds = { http_req_failed: ['rate==0'] };

/** The calls of each scenario. A call that was never made fails the run: it would have proven nothing. */
export const CALLS_OF: Record<ScenarioName, readonly Call[]> = {
  smoke: [...callsOf(BOTH_SERVICES_MIX), CALLS.remove],
  load: callsOf(FRONT_PAGE_MIX),
  stress: callsOf(FRONT_PAGE_MIX),
  soak: callsOf(FRONT_PAGE_MIX),
  herd: [CALLS.list, CALLS.create],
  rollout: callsOf(BOTH_SERVICES_MIX),
};

/** The thresholds of a run. A failed check is only a line in the report; a crossed threshold fails the run. */
const RULES: Record<ScenarioName, Thresholds> = {
  smoke: { ...NONE_FAILED, checks: ['rate==1'] },

  load: {
    http_req_failed: ['rate<0.001'],
    [timeOf(CALLS.list)]: ['p(95)<100', 'p(99)<250'],
    [timeOf(CALLS.top)]: ['p(95)<100', 'p(99)<250'],
    [timeOf(CALLS.create)]: ['p(95)<250', 'p(99)<500'],
    [timeOf(CALLS.page)]: ['p(95)<100', 'p(99)<250'],
    [hitsOf(CALLS.list)]: ['rate>0.85'],
    // Below the rate of the settings the measurements are of another load.
    dropped_iterations: ['rate<1'],
  },

  // The limits at which Relay gives way. The run ends there, and its table has the rate.
  stress: {
    http_req_failed: [abortAt('rate<0.01')],
    http_req_duration: [abortAt('p(95)<1000')],
    dropped_iterations: [abortAt('rate<20')],
  },

  soak: {
    http_req_failed: ['rate<0.0001'],
    [timeOf(CALLS.list)]: ['p(95)<100', 'p(99)<250'],
    [hitsOf(CALLS.list)]: ['rate>0.7'],
    dropped_iterations: ['rate<0.5'],
  },

  herd: {
    ...NONE_FAILED,
    [timeOf(CALLS.list)]: ['p(99)<1500'],
    // Every client sees the post that expired the key.
    fresh_reads: ['rate==1'],
    // All pods together. None at all would mean that nothing was counted.
    loads_per_expiry: ['max<=1', 'avg>0'],
  },

  // Pods that start take the cores of a small machine for a moment: a request may wait, and none may fail.
  rollout: { ...NONE_FAILED, dropped_iterations: ['rate<0.5'] },
};

/** All rules of a scenario, and the metrics of its table. */
export function thresholdsOf(scenario: ScenarioName): Thresholds {
  const measured: Thresholds = {};
  for (const answer of CACHE_ANSWERS) measured[`cache_answers{cache:${answer}}`] = [];
  for (const call of [...PREPARATION, ...CALLS_OF[scenario]]) {
    measured[`http_reqs{name:${call}}`] = CALLS_OF[scenario].includes(call) ? ['count>0'] : [];
    measured[`http_req_failed{name:${call}}`] = [];
    measured[timeOf(call)] = [];
    if (READS.includes(call)) measured[hitsOf(call)] = [];
  }
  return { ...measured, ...RULES[scenario] };
}

function callsOf(mix: Mix): Call[] {
  return (Object.keys(mix) as (keyof Mix)[]).map((call) => CALLS[call]);
}

function timeOf(call: Call): string {
  return `http_req_duration{name:${call}}`;
}

function hitsOf(call: Call): string {
  return `cache_hits{name:${call}}`;
}

function abortAt(threshold: string): Rule {
  return { threshold, abortOnFail: true, delayAbortEval: '10s' };
}

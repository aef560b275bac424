import { withoutSlash } from '../tools/kit/urls.ts';
import { PLANS, type Plan, type ScenarioName } from './plans.ts';

export const DEFAULT_BASE_URL = 'http://localhost:5000';

/** The settings of a scenario, from the variables of k6. */
export interface Settings {
  scenario: ScenarioName;
  baseUrl: string;
  /** The `Host` of every request; undefined: that of `baseUrl`. */
  host: string | undefined;
  seconds: number;
  rate: number;
  clients: number;
  /** The admin ports of all pods of the post service: `herd` counts loads there. */
  metricsUrls: string[];
  /** The file of the results as JSON; undefined for none. */
  resultsFile: string | undefined;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable */
export function readSettings(scenario: ScenarioName, variables: Variables): Settings {
  const plan: Plan = PLANS[scenario];
  const given = (name: string) => variables[name] || undefined;
  return {
    scenario,
    baseUrl: withoutSlash(given('BASE_URL') ?? DEFAULT_BASE_URL),
    host: given('HOST'),
    seconds: readSeconds(given('DURATION')) ?? plan.seconds,
    rate: readCount('RATE', given('RATE')) ?? plan.rate ?? 0,
    clients: readCount('CLIENTS', given('CLIENTS')) ?? plan.clients ?? 1,
    metricsUrls: (given('METRICS_URLS') ?? '').split(',').filter(Boolean).map(withoutSlash),
    resultsFile: given('RESULTS_FILE'),
  };
}

const SECONDS_IN: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** `90s`, `5m`, `2h` or `1h30m` in seconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}[hms])+$/.test(text)) return undefined;
  const parts = text.match(/\d+[hms]/g) ?? [];
  return parts.reduce((sum, part) => sum + Number.parseInt(part) * SECONDS_IN[part.at(-1)!]!, 0);
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds) return seconds;
  throw new Error(`DURATION: must be like 90s, 5m or 2h, not "${text}"`);
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`${name}: must be a whole number of at least 1, not "${text}"`);
}

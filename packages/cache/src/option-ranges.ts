import { CacheUsageError } from './errors.ts';

/** The longest delay a Node timer takes: a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The range of a numeric option, both ends included. */
export interface Range {
  min: number;
  max: number;
  integer?: boolean;
}

/** A duration in whole milliseconds that ends up in a timer. */
export const timerMs = (min: number): Range => ({ min, max: MAX_TIMER_MS, integer: true });

/** One line for each numeric option that is given and out of its range. */
export function rangeProblems(
  options: Readonly<Record<string, unknown>>,
  ranges: Readonly<Record<string, Range>>,
): string[] {
  const problems: string[] = [];
  for (const [name, range] of Object.entries(ranges)) {
    const value = options[name];
    if (value !== undefined && !isInRange(value, range)) {
      problems.push(`${name} must be ${describe(range)}, got ${show(value)}`);
    }
  }
  return problems;
}

/** One line for each option that does not exist: most often a misspelling or a wrong unit. */
export function unknownOptionProblems(options: object, known: ReadonlySet<string>): string[] {
  return Object.keys(options)
    .filter((name) => !known.has(name))
    .map((name) => `there is no option "${name}"`);
}

/** @throws CacheUsageError that lists all problems, if there are any */
export function assertNoProblems(subject: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new CacheUsageError(`${subject}: ${problems.join('; ')}`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A value as an error message shows it, short and without throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}

function isInRange(value: unknown, { min, max, integer }: Range): boolean {
  // NaN fails both comparisons.
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false;
  return !integer || Number.isInteger(value);
}

function describe({ min, max, integer }: Range): string {
  return `${integer ? 'an integer' : 'a number'} from ${min} to ${max}`;
}

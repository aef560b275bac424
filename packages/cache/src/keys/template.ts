import { CacheUsageError } from '../errors.ts';
import { show } from '../option-ranges.ts';

/** A value for a `{name}` in a template. */
export type Param = string | number | bigint;

export interface Template {
  text: string;
  /** The parameters, in order. */
  names: readonly string[];
  /** The text before, between and after them: one more than there are names. */
  literals: readonly string[];
}

const PARAMETER = /\{(\w+)\}/g;

/**
 * Reads a template: segments between colons, each of which may have one `{name}`. A second one would
 * let two sets of parameters make the same key; any other brace would be a Redis Cluster hash tag,
 * which a template cannot have.
 *
 * @throws CacheUsageError
 */
export function parseTemplate(text: string): Template {
  if (typeof text !== 'string') throw refusal(text, 'must be a text');
  if (text === '') throw refusal(text, 'is empty');
  if (!text.isWellFormed()) throw refusal(text, 'has half of a surrogate pair');
  if (text.includes('*')) throw refusal(text, 'has a "*", which only patterns have');
  const literals = text.split(/\{\w+\}/);
  if (/[{}]/.test(literals.join(''))) throw refusal(text, 'has a brace that is not of a {name}');
  const names = Array.from(text.matchAll(PARAMETER), ([, name]) => name!);
  if (new Set(names).size < names.length) throw refusal(text, 'names a parameter twice');
  if (literals.slice(1, -1).some((literal) => !literal.includes(':'))) {
    throw refusal(text, 'has two parameters without a colon between them');
  }
  return { text, names, literals };
}

/** Whether some key belongs to both templates. */
export function overlap(left: string, right: string): boolean {
  const a = left.split(':');
  const b = right.split(':');
  return a.length === b.length && a.every((segment, i) => segmentsOverlap(segment, b[i]!));
}

function segmentsOverlap(left: string, right: string): boolean {
  const [a, b] = [left.split(/\{\w+\}/), right.split(/\{\w+\}/)];
  if (a.length === 1) return b.length === 1 ? left === right : fits(left, b);
  if (b.length === 1) return fits(right, a);
  return prefixed(a[0]!, b[0]!, 'startsWith') && prefixed(a[1]!, b[1]!, 'endsWith');
}

/** A parameter is at least one character long. */
function fits(literal: string, [prefix, suffix]: readonly string[]): boolean {
  const isLonger = literal.length > prefix!.length + suffix!.length;
  return isLonger && literal.startsWith(prefix!) && literal.endsWith(suffix!);
}

function prefixed(a: string, b: string, test: 'startsWith' | 'endsWith'): boolean {
  return a[test](b) || b[test](a);
}

/** Characters that end a segment, or have a meaning in a pattern or for a hash slot. */
const SPECIAL = /[%:*{}]/;
const ALL_SPECIAL = /[%:*{}]/g;

/**
 * A parameter as it stands in a key: reversible by `decodeURIComponent`, and never ending its segment.
 *
 * @throws CacheUsageError for anything but a non-empty, well-formed text or a finite number
 */
export function encodeParam(template: string, name: string, value: Param | undefined): string {
  if (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value !== 'string' || value === '' || !value.isWellFormed()) {
    throw new CacheUsageError(
      `the parameter "${name}" of "${template}" must be a non-empty, well-formed text or a finite number, got ${show(value)}`,
    );
  }
  return SPECIAL.test(value) ? value.replace(ALL_SPECIAL, percentEncode) : value;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function refusal(template: unknown, reason: string): CacheUsageError {
  return new CacheUsageError(`the key template ${show(template)} ${reason}`);
}

import { CacheUsageError } from '../errors.ts';

/** The template of every key that was not declared. */
export const OTHER = 'other';

/** The template of an invalidation by pattern, which touches many keys at once. */
export const PATTERN = 'pattern';

/** The template of every tag: tags carry parameters, and a metric's label must not. */
export const TAG = 'tag';

const PARAMETER = /\{\w+\}/g;

/** True for a target that names many keys. Only `*` is special; `?` and `[` stand for themselves. */
export function isPattern(target: string): boolean {
  return target.includes('*');
}

/** Whether a key names its slot on Redis Cluster itself: its first `{` has a `}` that is not the next. */
export function hasHashTag(key: string): boolean {
  const open = key.indexOf('{');
  return open >= 0 && key.indexOf('}', open + 1) > open + 1;
}

/**
 * Every store holds every key to the rule that Redis Cluster sets, so that changing the store does
 * not change which keys work.
 *
 * @throws CacheUsageError for an empty key; for one with a lone surrogate, which UTF-8 cannot hold:
 *   two such keys would be one; for one with a `}` outside a hash tag: no lease can be put in its slot
 */
export function assertKey(key: string): void {
  assertName(key, 'key');
  if (key.includes('}') && !hasHashTag(key)) {
    throw new CacheUsageError(`the key ${JSON.stringify(key)} has a "}" outside a hash tag`);
  }
}

/** @throws CacheUsageError for a name that is empty or has a lone surrogate */
export function assertName(name: string, kind: 'key' | 'tag'): void {
  if (name === '') throw new CacheUsageError(`a ${kind} must not be empty`);
  if (!name.isWellFormed()) {
    throw new CacheUsageError(`the ${kind} ${JSON.stringify(name)} has a lone surrogate`);
  }
}

/** Whether a key matches a pattern in which `*` stands for any characters, also none. */
export function patternToRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(escapeRegExp).join('[^]*')}$`);
}

/** `RegExp.escape` is missing from Node 22. */
function escapeRegExp(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** The pattern of all keys of a template: `posts:id:*` for `posts:id:{id}`. */
export function templateToPattern(template: string): string {
  return template.replaceAll(PARAMETER, '*');
}

/**
 * Finds the declared template of a raw key, so that metrics never carry an id.
 *
 * @param templates keys with `{name}` for each part that varies, such as `posts:user:{userId}`;
 *   a part runs to the next colon
 * @throws CacheUsageError when a template is declared twice
 *
 * @example
 * templateFinder(['posts:all', 'posts:id:{id}'])('posts:id:42') // 'posts:id:{id}'
 */
export function templateFinder(templates: readonly string[]): (key: string) => string {
  const fixed = new Set<string>();
  const varying: { template: string; prefix: string; regExp: RegExp }[] = [];
  for (const template of templates) {
    if (fixed.has(template) || varying.some((other) => other.template === template)) {
      throw new CacheUsageError(`the key template "${template}" is declared twice`);
    }
    const literals = template.split(PARAMETER);
    if (literals.length === 1) {
      fixed.add(template);
    } else {
      const regExp = new RegExp(`^${literals.map(escapeRegExp).join('[^:]+')}$`);
      varying.push({ template, prefix: literals[0] ?? '', regExp });
    }
  }
  return (key) => {
    if (fixed.has(key)) return key;
    const match = varying.find(({ prefix, regExp }) => key.startsWith(prefix) && regExp.test(key));
    return match?.template ?? OTHER;
  };
}

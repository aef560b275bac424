import type { Ref, WriteThrough } from '../api.ts';
import { CacheUsageError } from '../errors.ts';
import type { CacheKey } from '../keys/define-keys.ts';
import { assertKey, assertName, isPattern, PATTERN, TAG } from '../keys/keys.ts';
import type { Target } from '../protocol/store.ts';

/** The target of one invalidation, parsed once. */
export type InvalidationTarget =
  | { kind: 'key'; key: string; template: string }
  | { kind: 'tag'; tag: string; template: typeof TAG }
  | { kind: 'pattern'; pattern: string; template: typeof PATTERN };

/** A target that `mutate` can fence: no pattern. */
export type FenceTarget = Exclude<InvalidationTarget, { kind: 'pattern' }>;

export type TemplateOf = (key: string) => string;

/**
 * The targets of a list of refs, each once. A key that is written through is removed.
 *
 * @throws CacheUsageError for a ref that no store takes, before anything is done with the others
 */
export function parseTargets(
  refs: readonly Ref[],
  templateOf: TemplateOf,
): readonly InvalidationTarget[] {
  const targets = new Map<string, InvalidationTarget>();
  for (const ref of refs) {
    const target = parseRef(isWriteThrough(ref) ? ref.writeThrough : ref, templateOf);
    targets.set(identify(target), target);
  }
  return [...targets.values()];
}

/** One target of a write. */
export interface WriteTarget<Result> {
  target: FenceTarget;
  writeThrough?: WriteThrough<Result>;
}

/**
 * The targets of a write, each once. A key that is both removed and written through is removed.
 *
 * @throws CacheUsageError also for a pattern, which can neither be fenced nor kept in the outbox
 * cheaply, and for a write-through of a key with tags: only readers fetch their epochs
 */
export function parseWriteTargets<Result>(
  refs: readonly Ref<Result>[],
  templateOf: TemplateOf,
): readonly WriteTarget<Result>[] {
  const targets = new Map<string, WriteTarget<Result>>();
  for (const ref of refs) {
    const writeThrough = isWriteThrough(ref) ? ref : undefined;
    const target = parseRef(writeThrough?.writeThrough ?? ref, templateOf);
    if (target.kind === 'pattern') {
      throw new CacheUsageError(`mutate takes no pattern, got "${target.pattern}": use a tag`);
    }
    if (writeThrough && writeThrough.writeThrough.options.tags !== undefined) {
      throw new CacheUsageError(
        `"${nameOf(target)}" has tags and cannot be written through: list the key itself`,
      );
    }
    const id = identify(target);
    const removed = targets.has(id) && !targets.get(id)!.writeThrough;
    targets.set(id, { target, ...(writeThrough && !removed && { writeThrough }) });
  }
  return [...targets.values()];
}

/** A target of an outbox row. */
export function fromRow(target: Target, templateOf: TemplateOf): FenceTarget {
  if (target.kind === 'tag') return { ...target, template: TAG };
  return { ...target, template: templateOf(target.key) };
}

/** A target as the store and the outbox take it. */
export function toStoreTarget(target: FenceTarget): Target {
  if (target.kind === 'tag') return { kind: 'tag', tag: target.tag };
  return { kind: 'key', key: target.key };
}

/** The target as events show it. */
export function nameOf(target: InvalidationTarget): string {
  if (target.kind === 'key') return target.key;
  return target.kind === 'tag' ? target.tag : target.pattern;
}

/** Distinguishes a tag from a key of the same name. */
export function identify(target: InvalidationTarget): string {
  return `${target.kind}:${nameOf(target)}`;
}

/** Callers without types may pass anything. */
function parseRef(ref: unknown, templateOf: TemplateOf): InvalidationTarget {
  if (typeof ref === 'string') return parseText(ref, templateOf);
  if (hasText(ref, 'key')) return parseKey(ref as CacheKey);
  if (hasText(ref, 'tag')) return parseTag((ref as { tag: string }).tag);
  throw new CacheUsageError('a ref is a key, a tag, a write-through, a raw key or a pattern');
}

function parseText(text: string, templateOf: TemplateOf): InvalidationTarget {
  if (!isPattern(text)) {
    assertKey(text);
    return { kind: 'key', key: text, template: templateOf(text) };
  }
  assertName(text, 'key');
  return { kind: 'pattern', pattern: text, template: PATTERN };
}

function parseKey({ key, template }: CacheKey): InvalidationTarget {
  assertKey(key);
  return { kind: 'key', key, template };
}

function parseTag(tag: string): InvalidationTarget {
  assertName(tag, 'tag');
  return { kind: 'tag', tag, template: TAG };
}

function isWriteThrough<Result>(ref: Ref<Result>): ref is WriteThrough<Result> {
  return typeof ref === 'object' && ref !== null && 'writeThrough' in ref;
}

function hasText(ref: unknown, name: string): boolean {
  if (typeof ref !== 'object' || ref === null) return false;
  return typeof (ref as Record<string, unknown>)[name] === 'string';
}

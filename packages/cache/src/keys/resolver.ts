import type { EntryAddress } from '../protocol/store.ts';
import type { CacheKey, KeyDefinition, Param } from './define-keys.ts';
import { assertKey, templateFinder } from './keys.ts';
import { policyOf, ttlMsOf, type EntryPolicy } from './policy.ts';
import { parseTemplate } from './template.ts';

/** A key with its address, template and policy. */
export interface ResolvedKey {
  address: EntryAddress;
  template: string;
  policy: EntryPolicy;
}

export interface KeyResolver {
  /** The declared templates. */
  readonly templates: readonly string[];
  /** The declared template of a raw key; `other` if none matches. */
  templateOf(key: string): string;
  /**
   * @param ttlSeconds in place of the definition's
   * @throws CacheUsageError for a raw key that no store takes
   */
  resolve(key: string | CacheKey, ttlSeconds?: number): ResolvedKey;
}

/** The most memoized results: of raw keys, and of the TTLs of one policy. */
const MAX_MEMOIZED = 1000;

export function createKeyResolver(declared: readonly KeyDefinition[]): KeyResolver {
  const templates = declared.map(({ template }) => template);
  const definitions = new Map(declared.map((definition) => [definition.template, definition]));
  const templateOf = templateFinder(templates);
  const policyWithTtl = createTtlOverride();
  // Keys without parameters are one object each.
  const fixed = new WeakMap<CacheKey, ResolvedKey>();
  const memoized = new Map<string, ResolvedKey>();

  function resolveText(key: string): ResolvedKey {
    const known = memoized.get(key);
    if (known) return known;
    assertKey(key);
    const template = templateOf(key);
    const { options, policy } = definitions.get(template) ?? UNDECLARED;
    const tags = tagsOf(options, () => paramsOf(template, key));
    const resolved = { address: addressOf(key, tags, policy), template, policy };
    if (memoized.size >= MAX_MEMOIZED) memoized.clear();
    memoized.set(key, resolved);
    return resolved;
  }

  function resolveKey(key: CacheKey): ResolvedKey {
    const known = fixed.get(key);
    if (known) return known;
    const { options, policy, template, params } = key;
    const address = addressOf(
      key.key,
      tagsOf(options, () => params),
      policy,
    );
    const resolved = { address, template, policy };
    if (key.key === template) fixed.set(key, resolved);
    return resolved;
  }

  return {
    templates,
    templateOf,
    resolve(key, ttlSeconds) {
      const resolved = typeof key === 'string' ? resolveText(key) : resolveKey(key);
      if (ttlSeconds === undefined) return resolved;
      return { ...resolved, policy: policyWithTtl(resolved.policy, ttlSeconds) };
    },
  };
}

const UNDECLARED = { options: {}, policy: policyOf({}) };
const NO_TAGS: readonly string[] = [];

function addressOf(key: string, tags: readonly string[], policy: EntryPolicy): EntryAddress {
  return { key, tags, grace: policy.graceMs > 0 };
}

function tagsOf(
  { tags }: KeyDefinition['options'],
  params: () => Readonly<Record<string, Param>>,
): readonly string[] {
  if (!tags) return NO_TAGS;
  return typeof tags === 'function' ? tags(params()) : tags;
}

/** The parameters that a definition made a key of. */
function paramsOf(template: string, key: string): Record<string, Param> {
  const params: Record<string, Param> = {};
  const { names, literals } = parseTemplate(template);
  let at = literals[0]!.length;
  for (const [index, name] of names.entries()) {
    const literal = literals[index + 1]!;
    const end = literal === '' ? key.length : key.indexOf(literal, at);
    params[name] = decoded(key.slice(at, end));
    at = end + literal.length;
  }
  return params;
}

/** A policy with another TTL, made once for each pair. */
function createTtlOverride(): (policy: EntryPolicy, ttlSeconds: number) => EntryPolicy {
  const made = new WeakMap<EntryPolicy, Map<number, EntryPolicy>>();
  return (policy, ttlSeconds) => {
    let byTtl = made.get(policy);
    if (!byTtl) made.set(policy, (byTtl = new Map()));
    let variant = byTtl.get(ttlSeconds);
    if (!variant) {
      const ttlMs = ttlMsOf(ttlSeconds);
      const sameForAbsence = policy.negativeTtlMs === policy.ttlMs;
      const negativeTtlMs = sameForAbsence ? ttlMs : Math.min(ttlMs, policy.negativeTtlMs);
      variant = { ...policy, ttlMs, negativeTtlMs };
      if (byTtl.size >= MAX_MEMOIZED) byTtl.clear();
      byTtl.set(ttlSeconds, variant);
    }
    return variant;
  };
}

/** A raw key may come from outside a definition, with a malformed escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { isPattern, OTHER, templateToPattern } from '../keys/keys.ts';

/** Invalidations that failed and are to be repeated. */
export interface Pending {
  readonly size: number;
  /** False says that there is no room and no smaller way to say it: the target is not kept. */
  add(target: string): boolean;
  /** Takes up to `count` targets off. */
  take(count: number): string[];
}

interface PendingOptions {
  max: number;
  templateOf: (key: string) => string;
}

/**
 * Keeps at most `max` targets and one more for each template. When it is full, all keys of the
 * newcomer's template become one pattern, which removes more than was asked for and forgets
 * nothing. Only a key that was not declared cannot be summed up so.
 */
export function createPending({ max, templateOf }: PendingOptions): Pending {
  const targets = new Set<string>();

  function sumUp(template: string): boolean {
    if (template === OTHER) return false;
    for (const target of targets) {
      if (!isPattern(target) && templateOf(target) === template) targets.delete(target);
    }
    targets.add(templateToPattern(template));
    return true;
  }

  return {
    get size() {
      return targets.size;
    },
    add(target) {
      if (!targets.has(target) && targets.size >= max) {
        return !isPattern(target) && sumUp(templateOf(target));
      }
      targets.add(target);
      return true;
    },
    take(count) {
      const taken = [...targets.values().take(count)];
      for (const target of taken) targets.delete(target);
      return taken;
    },
  };
}

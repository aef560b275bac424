/** The writers that are committing to one target. Their ids never come back. */
export interface FenceList {
  readonly size: number;
  readonly latestUntilMs: number;
  /** Adds a fence, or prolongs it. Fences that exist together count as overlapped from then on. */
  add(id: string, untilMs: number): void;
  /**
   * Removes a fence. True if it was there and never overlapped with another one or with an
   * invalidation.
   */
  lift(id: string): boolean;
  /** Counts all fences as overlapped: something else changed the target. */
  overlap(): void;
  /** Removes expired fences. */
  expire(nowMs: number): void;
}

export function createFenceList(): FenceList {
  const fences = new Map<string, { untilMs: number; overlapped: boolean }>();

  function overlap(): void {
    for (const fence of fences.values()) fence.overlapped = true;
  }

  return {
    get size() {
      return fences.size;
    },
    get latestUntilMs() {
      return Math.max(...Array.from(fences.values(), ({ untilMs }) => untilMs));
    },
    add(id, untilMs) {
      fences.set(id, { untilMs, overlapped: fences.get(id)?.overlapped ?? false });
      if (fences.size > 1) overlap();
    },
    lift(id) {
      const own = fences.get(id);
      fences.delete(id);
      // A fence that was lost may have stood beside the others.
      if (!own) overlap();
      return own !== undefined && !own.overlapped;
    },
    overlap,
    expire(nowMs) {
      for (const [id, { untilMs }] of fences) if (untilMs <= nowMs) fences.delete(id);
    },
  };
}

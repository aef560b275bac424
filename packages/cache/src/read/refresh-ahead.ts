export interface RefreshInput {
  /** On the clock of `expiresAtMs`. */
  nowMs: number;
  expiresAtMs: number;
  /** How long the last load took. */
  loadMs: number;
  /** Above 1 refreshes earlier, below 1 later, 0 never. */
  beta: number;
  /** Uniform in [0, 1), as `Math.random`. */
  random: () => number;
}

/**
 * Whether a reader should load an entry again before it expires. XFetch: Vattani, Chierichetti and
 * Lowenstein, *Optimal Probabilistic Cache Stampede Prevention*, PVLDB 8(8), 2015, figure 3.
 *
 * Each reader decides by itself, without coordination: with a time `t` left, a read refreshes with
 * probability `exp(-t / (beta * loadMs))`. Never for an entry past its time, which is a miss.
 */
export function shouldRefresh(input: RefreshInput): boolean {
  const { nowMs, expiresAtMs, loadMs, beta, random } = input;
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0 || beta <= 0 || loadMs <= 0) return false;
  // 1 - random() is never 0, the logarithm of which would refresh an entry of any age.
  return -Math.log(1 - random()) * beta * loadMs >= leftMs;
}

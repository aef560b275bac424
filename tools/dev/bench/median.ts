/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length / 2;
  return ordered.length % 2 === 1
    ? ordered[Math.floor(middle)]!
    : (ordered[middle - 1]! + ordered[middle]!) / 2;
}

/** The round with the median figure. */
export function medianRound<Round>(
  rounds: readonly Round[],
  figure: (round: Round) => number,
): Round {
  const ordered = rounds.toSorted((a, b) => figure(a) - figure(b));
  return ordered[Math.floor(ordered.length / 2)]!;
}

/** The median of each figure over all rounds. */
export function medians<Figures extends { [Name in keyof Figures]: number }>(
  rounds: readonly Figures[],
): Figures {
  const names = Object.keys(rounds[0]!) as (keyof Figures)[];
  const all = names.map((name) => [name, median(rounds.map((round) => round[name]))]);
  return Object.fromEntries(all) as Figures;
}

import type { Random } from './random.ts';

/**
 * How many votes each post gets: as on any such site, a few get most of them (Zipf's law: the post
 * of rank r has a weight of 1/r). Which posts those are is random.
 *
 * @param votes at most `posts` times `users`: nobody votes twice on a post
 * @returns a number for each post; their sum is exactly `votes`
 */
export function spreadVotes(
  { votes, posts, users }: { votes: number; posts: number; users: number },
  random: Random,
): Uint32Array {
  const counts = new Uint32Array(posts);
  let weightLeft = 0;
  for (let rank = 1; rank <= posts; rank += 1) weightLeft += 1 / rank;
  let votesLeft = votes;
  // The heaviest first: what goes beyond one vote for each user is left to the others.
  for (let rank = 1; rank <= posts && votesLeft > 0; rank += 1) {
    const share = Math.ceil((votesLeft / weightLeft) * (1 / rank));
    const given = Math.min(rank === posts ? votesLeft : share, votesLeft, users);
    counts[rank - 1] = given;
    votesLeft -= given;
    weightLeft -= 1 / rank;
  }
  return shuffle(counts, random);
}

/** Fisher and Yates, in place. */
function shuffle(values: Uint32Array, random: Random): Uint32Array {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
  return values;
}

/**
 * As many different users as asked for, as indexes below `users`: steps of a length that has no
 * divisor in common with `users` come back to the first only after all others.
 */
export function* chooseVoters(count: number, users: number, random: Random): Generator<number> {
  let step = 1 + random.below(users);
  while (greatestCommonDivisor(step, users) !== 1) step = 1 + random.below(users);
  let voter = random.below(users);
  for (let chosen = 0; chosen < count; chosen += 1) {
    yield voter;
    voter = (voter + step) % users;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

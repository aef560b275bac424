/**
 * The scale of a Zipf distribution with a limit: the post of rank r gets min(users, scale / r) votes, since
 * a user votes once for a post.
 *
 * @param votes at most `posts` times `users`
 * @returns the scale at which the posts have `votes` votes in all
 */
export function zipfScale({ votes, posts, users }: Record<'votes' | 'posts' | 'users', number>) {
  let votesLeft = votes;
  let weightLeft = 0;
  for (let rank = 1; rank <= posts; rank += 1) weightLeft += 1 / rank;
  for (let rank = 1; rank < posts; rank += 1) {
    const scale = votesLeft / weightLeft;
    if (scale / rank <= users) return scale;
    // This post gets the vote of every user; the posts after it share the rest.
    votesLeft -= users;
    weightLeft -= 1 / rank;
  }
  return votesLeft * posts;
}

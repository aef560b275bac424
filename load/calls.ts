/**
 * The `name` tag of every request. A request has one of these and no other, so the number of series
 * does not grow with ids or users.
 */
export const CALLS = {
  register: 'register',
  login: 'log in',
  refresh: 'refresh',
  prepare: 'prepare a post',
  me: 'who am I',
  list: 'list posts',
  userList: 'list of a user',
  top: 'top posts',
  read: 'read a post',
  create: 'create a post',
  upvote: 'upvote',
  takeBack: 'take a vote back',
  remove: 'delete a post',
  page: 'open the page',
  asset: 'load an asset',
  metrics: 'metrics',
} as const;

export type Call = (typeof CALLS)[keyof typeof CALLS];

/** The calls with `X-Cache` in the answer. */
export const READS: readonly Call[] = [CALLS.list, CALLS.userList, CALLS.top, CALLS.read];

/** The values of `X-Cache`. */
export const CACHE_ANSWERS = ['HIT', 'MISS', 'STALE', 'FALLBACK', 'UNCACHED'] as const;

import type { CALLS } from './calls.ts';

export type MixedCall = Exclude<
  keyof typeof CALLS,
  'register' | 'login' | 'refresh' | 'prepare' | 'remove' | 'metrics'
>;

/** How many of 100 requests are which. */
export type Mix = Readonly<Partial<Record<MixedCall, number>>>;

/** 95 reads, most of them of the newest posts, and 5 writes, each of which empties that list. */
export const FRONT_PAGE_MIX: Mix = {
  list: 72,
  top: 8,
  userList: 4,
  read: 8,
  create: 1,
  upvote: 3,
  takeBack: 1,
  page: 1,
  asset: 2,
};

/** As above, with calls that need the auth service. */
export const BOTH_SERVICES_MIX: Mix = { ...FRONT_PAGE_MIX, list: 52, me: 20 };

/** @param random from 0 to 1, 1 excluded */
export function pick(mix: Mix, random: number): MixedCall {
  const shares = Object.entries(mix) as [MixedCall, number][];
  let left = random * 100;
  for (const [call, share] of shares) {
    left -= share;
    if (left < 0) return call;
  }
  return shares.at(-1)![0];
}

import type { Filled } from './fill.ts';

interface ReportOptions extends Filled {
  tookMs: number;
  password: string;
}

/** The added rows, their rate, and the login of the new users. */
export function report(options: ReportOptions): string {
  const { users, posts, votes, firstUser, tookMs, password } = options;
  const seconds = tookMs / 1000;
  const rate = Math.round((users + posts + votes) / seconds);
  const added = `Added ${count(users)} users, ${count(posts)} posts and ${count(votes)} votes`;
  const lines = [`${added} in ${seconds.toFixed(2)} s: ${count(rate)} rows/s.`];
  if (users > 0) {
    const last = users > 1 ? ` to ${emailOf(firstUser + users - 1)}` : '';
    lines.push(`Log in as ${emailOf(firstUser)}${last}, password ${password}.`);
  }
  return lines.join('\n');
}

const count = (value: number) => value.toLocaleString('en');
const emailOf = (number: number) => `user${number}@example.com`;

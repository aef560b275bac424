import { useNow } from './use-now.ts';

const TICK_MS = 30_000;

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** To the second, in the time zone of the browser. */
export const exactTime = (at: string): string => absolute.format(Date.parse(at));

/** Such as "5 minutes ago". A time of the future is "just now": the clocks differ. */
export function timeAgo(atMs: number, nowMs: number): string {
  const seconds = Math.min(0, Math.round((atMs - nowMs) / 1000));
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return unit ? relative.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now';
}

/** A time of the past, exact in its tooltip. */
export function TimeAgo({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {timeAgo(Date.parse(at), useNow(TICK_MS))}
    </time>
  );
}

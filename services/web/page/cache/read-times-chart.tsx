import type { RequestRecord } from '../api/request-log.ts';
import { formatMs, readTimesOf } from './read-times.ts';

/** Compares the median time of a read from the cache with one from Postgres, in this page's reads. */
export function ReadTimesChart({ records }: { records: readonly RequestRecord[] }) {
  const { cacheMs, postgresMs } = readTimesOf(records);
  const longest = Math.max(cacheMs ?? 0, postgresMs ?? 0);
  const factor = cacheMs && postgresMs ? postgresMs / cacheMs : undefined;
  return (
    <section aria-labelledby="times-title">
      <h3 id="times-title">Time of a read</h3>
      <dl class="bars">
        <Bar label="from the cache" look="hit" ms={cacheMs} longest={longest} />
        <Bar label="from Postgres" look="miss" ms={postgresMs} longest={longest} />
      </dl>
      {factor !== undefined && factor >= 1.5 && (
        <p class="remark">
          A read from the cache is{' '}
          <strong>{factor.toFixed(factor < 10 ? 1 : 0)} times faster</strong> here, and leaves
          Postgres free for writes.
        </p>
      )}
    </section>
  );
}

interface BarProps {
  label: string;
  look: 'hit' | 'miss';
  ms: number | undefined;
  longest: number;
}

function Bar({ label, look, ms, longest }: BarProps) {
  const percent = ms === undefined || longest === 0 ? 0 : Math.max(1, (100 * ms) / longest);
  return (
    <div class="bar-row">
      <dt>{label}</dt>
      <dd>
        <span class="bar-track">
          <span class={`bar bar-${look}`} style={{ inlineSize: `${percent}%` }} />
        </span>
        <span class="bar-value">{ms === undefined ? 'no read yet' : formatMs(ms)}</span>
      </dd>
    </div>
  );
}

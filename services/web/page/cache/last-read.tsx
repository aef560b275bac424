import type { RequestRecord, Source } from '../api/request-log.ts';
import { explain, type Stop } from './explanation.ts';
import { formatMs } from './read-times.ts';
import { SourceBadge } from './source-badge.tsx';

const INTRODUCTION =
  'Relay keeps copies of its lists in a cache, Redis. A copy answers a read without work for Postgres, ' +
  'and a change of the data removes it.';

/** The way of the last read or write through the server, and a sentence about it. */
export function LastRead({ records }: { records: readonly RequestRecord[] }) {
  const last = records.find((record) => explain(record));
  const explanation = last && explain(last);
  return (
    <section class="last-read" aria-label="The last read">
      <p class="introduction">{INTRODUCTION}</p>
      <Way source={last?.source} way={explanation?.way ?? []} />
      {last && explanation && (
        <div class="outcome" role="status">
          <p class="outcome-facts">
            <SourceBadge record={last} />
            {last.serverMs !== undefined && <strong>{formatMs(last.serverMs)}</strong>}
            <code>
              {last.method} {shortPath(last.path)}
            </code>
          </p>
          <p>{explanation.text}</p>
        </div>
      )}
    </section>
  );
}

/** Without ids and cursors, which nobody reads. */
export function shortPath(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replace(/=[^&]*…[^&]*/g, '=…')
    .replace('/api', '');
}

const NAMES: Readonly<Record<Stop, string>> = { redis: 'Redis', postgres: 'Postgres' };

/** You, Relay, and its two stores; the stores that were asked are marked, and the one with the answer is filled. */
function Way({ source, way }: { source: Source | undefined; way: readonly Stop[] }) {
  const stateOf = (stop: Stop) => {
    if (!way.includes(stop)) return 'idle';
    return way.at(-1) === stop ? 'answered' : 'asked';
  };
  return (
    <ol class={`way way-${source?.toLowerCase() ?? 'write'}`} aria-hidden="true">
      <li class="stop answered">You</li>
      <li class="stop answered">Relay</li>
      <li class="stores">
        {(['redis', 'postgres'] as const).map((stop) => (
          <span key={stop} class={`stop ${stateOf(stop)}`}>
            {NAMES[stop]}
            <small>{stop === 'redis' ? 'the cache' : 'the database'}</small>
          </span>
        ))}
      </li>
    </ol>
  );
}

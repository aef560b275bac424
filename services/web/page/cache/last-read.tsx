import type { CacheStatus } from '../api/cache-api.ts';
import type { Explained, Stop } from './explanation.ts';
import { formatMs } from './read-times.ts';
import { shortPath } from './short-path.ts';
import { SourceBadge } from './source-badge.tsx';

interface LastReadProps {
  /** `undefined` before the first one. */
  last: Explained | undefined;
}

/** The source and the time of the last read or write, and a sentence about it. */
export function LastOutcome({ last }: LastReadProps) {
  return (
    <div class="outcome" role="status" aria-label="The last read">
      {!last && <p class="late">This page has read no list yet.</p>}
      {last && (
        <>
          <p class="outcome-facts">
            <SourceBadge record={last.record} />
            {last.record.serverMs !== undefined && (
              <strong>{formatMs(last.record.serverMs)}</strong>
            )}
            <code>
              {last.record.method} {shortPath(last.record.path)}
            </code>
          </p>
          <p>{last.text}</p>
        </>
      )}
    </div>
  );
}

interface LastWayProps extends LastReadProps {
  store: CacheStatus['store'];
}

/** The way of the last read or write through the server. */
export function LastWay({ last, store }: LastWayProps) {
  return (
    <section aria-label="How the cache works">
      <Way last={last} store={store} />
      <p class="remark">
        Relay keeps a copy of each list in {store === 'redis' ? 'Redis' : 'memory'}. A copy answers
        a read without work for Postgres, and every change of the list removes it.
      </p>
    </section>
  );
}

const STOPS = ['cache', 'postgres'] as const satisfies readonly Stop[];

/** You, Relay, and its two stores: outlined if they took part, filled if they have the answer. */
function Way({ last, store }: LastWayProps) {
  const way = last?.way ?? [];
  const look = last ? (last.record.source?.toLowerCase() ?? 'write') : 'none';
  const stateOf = (stop: Stop) => {
    if (!way.includes(stop)) return 'idle';
    return way.at(-1) === stop ? 'answered' : 'took-part';
  };
  const names = { cache: store === 'redis' ? 'Redis' : 'Memory', postgres: 'Postgres' };
  return (
    <ol class={`way way-${look}`} aria-hidden="true">
      <li class="stop answered">You</li>
      <li class="stop answered">Relay</li>
      <li class="stores">
        {STOPS.map((stop) => (
          <span key={stop} class={`stop ${stateOf(stop)}`}>
            {names[stop]}
            <small>{stop === 'cache' ? 'the cache' : 'the database'}</small>
          </span>
        ))}
      </li>
    </ol>
  );
}

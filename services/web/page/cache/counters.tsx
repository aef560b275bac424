import type { CacheTotals } from './cache-watch.ts';

const number = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** The counters of the server since its start: of all users, not of this page alone. */
export function Counters({ totals }: { totals: CacheTotals | undefined }) {
  if (!totals) return null;
  const { store, state, processes, reads, hitRatio, readsSaved, outbox } = totals;
  const name = store === 'redis' ? 'Redis' : 'Cache in the process';
  return (
    <section aria-labelledby="counters-title">
      <h3 id="counters-title">All readers of this server</h3>
      <p class={`store-state ${state}`} role="status">
        {name} {state === 'up' ? 'is up' : 'is away'}
      </p>
      <dl class="counters">
        <Counter name="Hit ratio" value={hitRatio === undefined ? '–' : percent.format(hitRatio)}>
          of {number.format(reads)} reads
        </Counter>
        <Counter name="Reads saved" value={number.format(readsSaved)}>
          that Postgres never saw
        </Counter>
        <Counter name="Outbox" value={outbox ? number.format(outbox.rows) : '–'}>
          {outbox && outbox.rows > 0
            ? `oldest waits ${outbox.oldestSeconds.toFixed(1)} s`
            : 'changes the cache has yet to see'}
        </Counter>
      </dl>
      {processes > 1 && <p class="remark">Added up over {processes} processes.</p>}
    </section>
  );
}

function Counter({
  name,
  value,
  children,
}: {
  name: string;
  value: string;
  children: string | string[];
}) {
  return (
    <div class="counter">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <small>{children}</small>
      </dd>
    </div>
  );
}

import { useEffect } from 'preact/hooks';

import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Counters } from './counters.tsx';
import { LastRead } from './last-read.tsx';
import { OutageControl } from './outage-control.tsx';
import { ReadTimesChart } from './read-times-chart.tsx';
import { RequestTable } from './request-table.tsx';
import { Timeline } from './timeline.tsx';

const LOOK_EVERY_MS = 2000;

/** Shows the cache at work: the way of the last read, its time, and the counters of the server. */
export function CachePanel() {
  const { log } = useServices();
  const { watch, readAgain } = useMember();
  useEffect(() => repeatWhileVisible(watch.look), [watch]);
  const records = log.records.value;
  return (
    <aside class="panel" aria-labelledby="panel-title">
      <h2 id="panel-title">The cache at work</h2>
      <LastRead records={records} />
      <div class="actions">
        <button type="button" class="button" onClick={() => void readAgain()}>
          Read again
        </button>
        <OutageControl />
      </div>
      <ReadTimesChart records={records} />
      <Timeline records={records} outages={watch.outages.value} />
      <Counters totals={watch.totals.value} />
      <RequestTable records={records} />
    </aside>
  );
}

/** Runs the task now and every two seconds, while the page is visible. @returns a function that ends it */
function repeatWhileVisible(task: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  async function run(): Promise<void> {
    if (!document.hidden) await task();
    if (!isEnded) timer = setTimeout(() => void run(), LOOK_EVERY_MS);
  }
  void run();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

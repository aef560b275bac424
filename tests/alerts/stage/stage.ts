import { relay } from '../../cluster/support/cluster.ts';
import { eventually } from '../../cluster/support/eventually.ts';
import type { Stage } from '../scenario.ts';
import { WATCHDOG } from '../seen.ts';
import type { Watch } from '../sighting.ts';
import { notifyWebhook } from './alertmanager.ts';
import { shortenWindows } from './release.ts';
import { startTraffic } from './traffic.ts';
import { watchAlerts } from './watching.ts';
import { startWebhook } from './webhook.ts';

interface StageOptions {
  /** Takes what puts everything back, each part before it is changed. */
  restoring: AsyncDisposableStack;
  say: (message: string) => void;
}

/** Prepares the cluster: short windows, a webhook behind Alertmanager, readers. */
export async function setStage({
  restoring,
  say,
}: StageOptions): Promise<{ stage: Stage; watch: Watch }> {
  await relay.settled();
  say('Starting a webhook, and telling Alertmanager of it …');
  const webhook = await startWebhook(restoring);
  await notifyWebhook(webhook.url, restoring);
  say('Upgrading the release to short windows …');
  await shortenWindows(restoring);
  const stage = await startTraffic(restoring);
  const watch = watchAlerts(webhook);
  await eventually(
    `${WATCHDOG} arrives at the webhook`,
    async () => {
      const { firing, notified } = await watch.look();
      if (!notified.has(WATCHDOG)) {
        throw new Error(firing.has(WATCHDOG) ? 'It fires' : 'It does not fire');
      }
    },
    { withinMs: 120_000, everyMs: 1000 },
  );
  return { stage, watch };
}

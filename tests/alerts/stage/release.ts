import { conflictFlags } from '../../../tools/cluster/helm.ts';
import { RELEASE } from '../../../tools/cluster/names.ts';
import { relay } from '../../cluster/support/cluster.ts';

const CHART = 'charts/relay';
const VALUES = 'tests/alerts/values.yaml';
/** How the drill knows a revision of its own, one that was killed before it could take it back. */
const DESCRIPTION = 'Fire drill';

interface Revision {
  revision: number;
  description: string;
}

/** Lays the drill's values over the release's own, until `restoring` is disposed. */
export async function shortenWindows(restoring: AsyncDisposableStack): Promise<void> {
  const { helm } = relay;
  const history = JSON.parse(await helm('history', RELEASE, '--output=json')) as Revision[];
  const own = history.findLast(({ description }) => description !== DESCRIPTION);
  if (!own) throw new Error(`helm knows of no revision of ${RELEASE} before the drill's`);
  const waiting = ['--wait', '--timeout=5m', ...(await conflictFlags(helm))];
  restoring.defer(async () => {
    await helm('rollback', RELEASE, String(own.revision), ...waiting);
    await relay.settled();
  });
  const values = ['--reset-then-reuse-values', `--values=${VALUES}`];
  await helm('upgrade', RELEASE, CHART, ...values, `--description=${DESCRIPTION}`, ...waiting);
  await relay.settled();
}

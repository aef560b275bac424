import { core, inCluster } from '../../cluster/support/cluster.ts';
import { eventually } from '../../cluster/support/eventually.ts';
import { askMonitoring } from './proxy.ts';
import { receiverOf, withWebhook } from './routing.ts';

export const ALERTMANAGER = 'kube-prometheus-stack-alertmanager:9093';

const NAMESPACE = 'monitoring';
const SECRET = 'alertmanager-kube-prometheus-stack-alertmanager';
const FILE = 'alertmanager.yaml';
/** Keeps the configuration that was found, since a drill that is killed cannot put it back. */
const FOUND = 'relay-drill/found';
const DRILL = 'relay-drill';
/** The field manager of the stack's release: with another, its next `helm upgrade` fails with a conflict. */
const OF_HELM = 'helm';
/** The kubelet brings a changed Secret to its pods about once a minute. */
const TAKEN_UP = { withinMs: 180_000, everyMs: 1000 };

/** Has Relay's alerts sent to a webhook as well, until `restoring` is disposed. */
export async function notifyWebhook(url: string, restoring: AsyncDisposableStack): Promise<void> {
  const found = await readSecret();
  restoring.defer(() => restore(found));
  await apply(DRILL, {
    metadata: { annotations: { [FOUND]: found.config } },
    data: { [FILE]: encoded(withWebhook(found.config, url)) },
  });
  await eventually('Alertmanager knows the webhook', () => assertKnown(receiverOf(url)), TAKEN_UP);
}

async function assertKnown(receiver: string): Promise<void> {
  interface Status {
    config: { original: string };
  }
  const { config } = await askMonitoring<Status>(ALERTMANAGER, 'api/v2/status');
  if (!config.original.includes(receiver)) throw new Error(`It has no receiver ${receiver}`);
}

interface Found {
  config: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

async function readSecret(): Promise<Found> {
  const { metadata, data } = await core().readNamespacedSecret({
    name: SECRET,
    namespace: NAMESPACE,
  });
  const { labels = {}, annotations = {} } = metadata ?? {};
  const { [FOUND]: left, ...others } = annotations;
  const config = left ?? Buffer.from(data?.[FILE] ?? '', 'base64').toString();
  if (config === '') throw new Error(`The Secret ${SECRET} has no ${FILE}`);
  return { config, labels, annotations: others };
}

async function restore({ config, ...metadata }: Found): Promise<void> {
  await apply(OF_HELM, { metadata, data: { [FILE]: encoded(config) } });
  await apply(DRILL, {});
}

async function apply(manager: string, { metadata = {}, ...rest }: Partial<Applied>): Promise<void> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...metadata, name: SECRET, namespace: NAMESPACE },
    ...rest,
  };
  const flags = ['--server-side', '--force-conflicts', `--field-manager=${manager}`];
  await inCluster.apply(manifest, ...flags);
}

interface Applied {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  data: Record<string, string>;
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

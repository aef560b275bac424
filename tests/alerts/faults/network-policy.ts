import { relay } from '../../cluster/support/cluster.ts';

/** An ingress rule of the chart's policies. */
interface Rule {
  from: { podSelector: { matchLabels: Record<string, string> } }[];
}

const POLICY = 'networkpolicy/relay-redis';
const COMPONENT = 'app.kubernetes.io/component';

/** Removes a component from the ingress rules of Redis until the recovery. Open connections stay open. */
export async function denyRedis(
  component: 'auth' | 'post',
  recovery: AsyncDisposableStack,
): Promise<void> {
  const setRules = async (ingress: Rule[]) => {
    const patch = JSON.stringify({ spec: { ingress } });
    await relay.kubectl('patch', POLICY, '--type=merge', `--patch=${patch}`);
  };
  const ingress = '--output=jsonpath={.spec.ingress}';
  const original: Rule[] = JSON.parse(await relay.kubectl('get', POLICY, ingress));
  recovery.defer(() => setRules(original));
  const isDenied = ({ podSelector }: Rule['from'][number]) =>
    podSelector.matchLabels[COMPONENT] === component;
  await setRules(
    original.map((rule) => ({ ...rule, from: rule.from.filter((peer) => !isDenied(peer)) })),
  );
}

import { relay } from '../../cluster/support/cluster.ts';

/** What the chart's policies have in their rules. */
interface Rule {
  from: { podSelector: { matchLabels: Record<string, string> } }[];
}

const POLICY = 'networkpolicy/relay-redis';
const COMPONENT = 'app.kubernetes.io/component';

/** Takes a component from those whom Redis lets in, until it is healed. */
export async function keepFromRedis(
  component: 'auth' | 'post',
  healing: AsyncDisposableStack,
): Promise<void> {
  const setRules = async (ingress: Rule[]) => {
    const patch = JSON.stringify({ spec: { ingress } });
    await relay.kubectl('patch', POLICY, '--type=merge', `--patch=${patch}`);
  };
  const ingress = '--output=jsonpath={.spec.ingress}';
  const found: Rule[] = JSON.parse(await relay.kubectl('get', POLICY, ingress));
  healing.defer(() => setRules(found));
  const isKept = ({ podSelector }: Rule['from'][number]) =>
    podSelector.matchLabels[COMPONENT] === component;
  await setRules(
    found.map((rule) => ({ ...rule, from: rule.from.filter((peer) => !isKept(peer)) })),
  );
}

import type { Kubectl } from '../../../tools/kit/kubectl.ts';

/** Creates a Secret in the namespace of `kubectl`. */
export async function createSecret(
  kubectl: Kubectl,
  name: string,
  stringData: Record<string, string>,
): Promise<void> {
  await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });
}

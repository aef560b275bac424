import type { PodSecurityContext, PodSpec } from './kubernetes.ts';
import { containersOf } from './manifests.ts';
import { refusedByRestricted } from './pod-security.ts';

/** OpenShift takes these from the ranges of the namespace, and refuses a pod that sets another. */
const CHOSEN = ['runAsUser', 'fsGroup', 'supplementalGroups', 'seLinuxOptions'] as const;
/** The standard refuses the last one already. */
const PROFILES = new Set([undefined, 'RuntimeDefault', 'Unconfined']);

/**
 * The violations of OpenShift's SCC `restricted-v2` in a pod, a line each: those of the Pod Security Standard,
 * and fields that the SCC sets itself. A pod without a seccomp profile, which the SCC would add, is refused here
 * too.
 * https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html
 */
export function refusedByScc(pod: PodSpec): string[] {
  const contexts = [
    { where: 'pod', context: pod.securityContext },
    ...containersOf(pod).map(({ name, securityContext }) => ({
      where: `container ${name}`,
      context: securityContext,
    })),
  ];
  return [
    ...refusedByRestricted(pod),
    ...contexts.flatMap(({ where, context = {} }) => refusedOf(where, context)),
  ];
}

function refusedOf(where: string, context: PodSecurityContext): string[] {
  const refused: string[] = CHOSEN.filter((field) => context[field] !== undefined);
  if (!PROFILES.has(context.seccompProfile?.type)) refused.push('seccompProfile');
  if ((context.sysctls ?? []).length > 0) refused.push('sysctls');
  return refused.map((what) => `${where}: ${what}`);
}

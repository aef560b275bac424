import type { Container, PodSpec } from './kubernetes.ts';
import { containersOf } from './manifests.ts';

const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
/** OpenShift takes these from the ranges of the namespace, and refuses a pod that sets another. */
const CHOSEN = ['runAsUser', 'fsGroup', 'supplementalGroups', 'seLinuxOptions'] as const;

/**
 * What the SCC `restricted-v2` of OpenShift refuses in a pod, a line each, if the pod sets nothing that the SCC chooses.
 * https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html
 */
export function refusedByScc(pod: PodSpec): string[] {
  const context = pod.securityContext ?? {};
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field]);
  const volumes = (pod.volumes ?? []).flatMap(({ name, ...kinds }) =>
    Object.keys(kinds)
      .filter((kind) => !VOLUMES.has(kind))
      .map((kind) => `volume ${name}: ${kind}`),
  );
  return [
    ...shared.map((field) => `pod: ${field}`),
    ...volumes,
    ...CHOSEN.filter((field) => context[field] !== undefined).map((field) => `pod: ${field}`),
    ...profileOf('pod', context.seccompProfile),
    ...((context.sysctls ?? []).length > 0 ? ['pod: sysctls'] : []),
    ...containersOf(pod).flatMap((container) => refusedOfContainer(container, pod)),
  ];
}

function refusedOfContainer(container: Container, pod: PodSpec): string[] {
  const context = container.securityContext ?? {};
  const { drop = [], add = [] } = context.capabilities ?? {};
  const refused = [];
  if (context.runAsUser !== undefined) refused.push('runAsUser');
  if (context.seLinuxOptions !== undefined) refused.push('seLinuxOptions');
  if (context.privileged) refused.push('privileged');
  if (context.allowPrivilegeEscalation !== false) refused.push('allowPrivilegeEscalation');
  if (!drop.includes('ALL')) refused.push('capabilities are not dropped');
  if (add.some((capability) => capability !== 'NET_BIND_SERVICE')) refused.push('capabilities');
  if (container.ports?.some(({ hostPort }) => hostPort)) refused.push('hostPort');
  if (!(context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot)) refused.push('no runAsNonRoot');
  const where = `container ${container.name}`;
  return [
    ...refused.map((what) => `${where}: ${what}`),
    ...profileOf(where, context.seccompProfile),
  ];
}

function profileOf(where: string, profile: { type?: string } | undefined): string[] {
  return (profile?.type ?? 'RuntimeDefault') === 'RuntimeDefault'
    ? []
    : [`${where}: seccompProfile`];
}

import type {
  Container,
  LifecycleHandler,
  PodSecurityContext,
  PodSpec,
  Probe,
  SecurityContext,
} from './kubernetes.ts';
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
const SELINUX_TYPES = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/**
 * The violations of the Pod Security Standard `restricted` of Kubernetes 1.34 in a pod, a line each.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function refusedByRestricted(pod: PodSpec): string[] {
  return [
    ...refusedOfHost(pod),
    ...refusedVolumes(pod),
    ...refusedOfBoth('pod', pod.securityContext ?? {}),
    ...(pod.securityContext?.sysctls ?? [])
      .filter(({ name }) => !SYSCTLS.has(name))
      .map(({ name }) => `pod: sysctl ${name}`),
    ...containersOf(pod).flatMap((container) => refusedOfContainer(container, pod)),
  ];
}

function refusedOfHost(pod: PodSpec): string[] {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field]);
  return shared.map((field) => `pod: ${field}`);
}

function refusedVolumes({ volumes = [] }: PodSpec): string[] {
  return volumes.flatMap(({ name, ...kinds }) =>
    Object.keys(kinds)
      .filter((kind) => !VOLUMES.has(kind))
      .map((kind) => `volume ${name}: ${kind}`),
  );
}

/** Violations in the fields that pods and containers share. */
function refusedOfBoth(
  where: string,
  { seLinuxOptions, windowsOptions, ...context }: PodSecurityContext | SecurityContext,
): string[] {
  const refused = [];
  if (windowsOptions?.hostProcess) refused.push('hostProcess');
  if (!SELINUX_TYPES.has(seLinuxOptions?.type ?? '')) refused.push('seLinuxOptions.type');
  if (seLinuxOptions?.user || seLinuxOptions?.role) refused.push('seLinuxOptions.user or role');
  const { appArmorProfile, seccompProfile, runAsNonRoot, runAsUser } = context;
  for (const profile of [appArmorProfile, seccompProfile]) {
    if (profile?.type === 'Unconfined') refused.push('an unconfined profile');
  }
  if (runAsNonRoot === false) refused.push('runAsNonRoot: false');
  if (runAsUser === 0) refused.push('runAsUser: 0');
  return refused.map((what) => `${where}: ${what}`);
}

function refusedOfContainer(container: Container, pod: PodSpec): string[] {
  const context = container.securityContext ?? {};
  const refused = [];
  if (context.privileged) refused.push('privileged');
  if (context.allowPrivilegeEscalation !== false)
    refused.push('allowPrivilegeEscalation is not false');
  if (!context.capabilities?.drop?.includes('ALL')) refused.push('capabilities are not dropped');
  const added = (context.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  if (added.length > 0) refused.push(`capabilities ${added.join(', ')}`);
  if ((context.procMount ?? 'Default') !== 'Default') refused.push('procMount');
  if (!(context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot)) refused.push('no runAsNonRoot');
  if (!(context.seccompProfile ?? pod.securityContext?.seccompProfile)) {
    refused.push('no seccompProfile');
  }
  if (container.ports?.some(({ hostPort }) => hostPort)) refused.push('hostPort');
  if (handlersOf(container).some(namesHost)) refused.push('a probe or hook of another host');
  const where = `container ${container.name}`;
  return [...refusedOfBoth(where, context), ...refused.map((what) => `${where}: ${what}`)];
}

function handlersOf(container: Container): (Probe | LifecycleHandler | undefined)[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
}

function namesHost(handler: Probe | LifecycleHandler | undefined): boolean {
  return Boolean(handler?.httpGet?.host) || Boolean(handler?.tcpSocket?.host);
}

import type { Manifest } from './kubernetes.ts';
import { containersOf, environmentOf, namedPorts, ofKind, workloads } from './manifests.ts';
import { picks } from './selectors.ts';

/** The container port that a port of a Service leads to; undefined where it leads nowhere. */
export function resolvePort(
  manifests: readonly Manifest[],
  service: string,
  port: string | number,
): number | undefined {
  const { spec } =
    ofKind(manifests, 'Service').find(({ metadata }) => metadata.name === service) ?? {};
  const found = spec?.ports?.find((one) => one.name === port || one.port === port);
  const workload = workloads(manifests).find(
    ({ labels }) => spec?.selector && picks({ matchLabels: spec.selector }, labels),
  );
  return found && workload && namedPorts(workload.pod)[String(found.targetPort)];
}

export interface Route {
  path: string | undefined;
  pathType: string;
  service: string;
  port: number | undefined;
}

/** The paths that an Ingress or an HTTPRoute routes, each with the container port that it leads to. */
export function routes(manifests: readonly Manifest[]): Route[] {
  const ofIngresses = ofKind(manifests, 'Ingress').flatMap(({ spec }) =>
    spec!.rules!.flatMap(({ http }) =>
      http!.paths.map(({ path, pathType, backend }) => {
        const { name, port } = backend.service!;
        return { path, pathType, service: name, port: resolvePort(manifests, name, port!.name!) };
      }),
    ),
  );
  const ofHttpRoutes = ofKind(manifests, 'HTTPRoute').flatMap(({ spec }) =>
    spec.rules.flatMap(({ matches, backendRefs }) =>
      matches.map(({ path }) => {
        const { name, port } = backendRefs[0]!;
        const pathType = path.type.replace(/^Path/, '');
        const to = resolvePort(manifests, name, port);
        return { path: path.value, pathType, service: name, port: to };
      }),
    ),
  );
  return [...ofIngresses, ...ofHttpRoutes];
}

/** The addresses, as `host:port`, that the containers of each component are configured to call. */
export function addressesCalled(
  manifests: readonly Manifest[],
): { component: string; address: string }[] {
  return workloads(manifests).flatMap(({ component, pod }) =>
    containersOf(pod)
      .flatMap((container) => Object.entries(environmentOf(container)))
      // The allowed callers, not addresses to call.
      .flatMap(([variable, value]) => (variable === 'CORS_ORIGINS' ? [] : [value]))
      .filter((value) => /^(\w+:\/\/|[\w.-]+:\d+\/)/.test(value))
      .map((value) => ({ component, address: addressOf(value) })),
  );
}

function addressOf(value: string): string {
  const url = new URL(value.includes('://') ? value : `tcp://${value}`);
  const ports: Record<string, string> = { 'http:': '80', 'https:': '443' };
  return `${url.hostname}:${url.port || ports[url.protocol]}`;
}

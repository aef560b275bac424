import type * as client from '@kubernetes/client-node';

import type { NetworkPolicy } from './network-policies.ts';
import type { Labels, Selector } from './selectors.ts';

/** The data of the client's classes, as in YAML. */
type Plain<T> = T extends Date
  ? string
  : T extends object
    ? { [Field in keyof T]: Plain<T[Field]> }
    : T;

export type Container = Plain<client.V1Container>;
export type LifecycleHandler = Plain<client.V1LifecycleHandler>;
export type PodSecurityContext = Plain<client.V1PodSecurityContext>;
export type PodSpec = Plain<client.V1PodSpec>;
export type Probe = Plain<client.V1Probe>;
export type SecurityContext = Plain<client.V1SecurityContext>;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
}

interface ServiceMonitor {
  spec: {
    selector: Selector;
    namespaceSelector?: { matchNames?: string[] };
    endpoints: { port?: string; path?: string; interval?: string }[];
  };
}

export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string> & { severity: string };
  annotations: Record<'summary' | 'description' | 'runbook_url' | 'dashboard_url', string>;
}

export interface Recording {
  record: string;
  expr: string;
  labels?: Labels;
}

interface RuleGroup {
  name: string;
  interval?: string;
  rules: (Alert | Recording)[];
}

interface HttpRoute {
  spec: {
    parentRefs?: { name: string; namespace?: string }[];
    hostnames?: string[];
    rules: {
      matches: { path: { type: string; value: string } }[];
      backendRefs: { name: string; port: number }[];
    }[];
  };
}

interface WithTemplate {
  spec: {
    replicas?: number;
    template: { metadata?: { labels?: Labels; annotations?: Labels }; spec: PodSpec };
  };
}

/** The kinds of manifests that tests look into. */
export interface Kinds {
  ConfigMap: Plain<client.V1ConfigMap>;
  Deployment: Plain<client.V1Deployment> & WithTemplate;
  HTTPRoute: HttpRoute;
  HorizontalPodAutoscaler: Plain<client.V2HorizontalPodAutoscaler>;
  Ingress: Plain<client.V1Ingress>;
  Job: Plain<client.V1Job> & WithTemplate;
  NetworkPolicy: NetworkPolicy;
  Pod: { spec: PodSpec };
  PodDisruptionBudget: Plain<client.V1PodDisruptionBudget>;
  PrometheusRule: { spec: { groups: RuleGroup[] } };
  Secret: Plain<client.V1Secret>;
  Service: Plain<client.V1Service>;
  ServiceAccount: Plain<client.V1ServiceAccount>;
  ServiceMonitor: ServiceMonitor;
  StatefulSet: Plain<client.V1StatefulSet> & WithTemplate;
}

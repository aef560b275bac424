/** The context of `npm run cluster` unless CLUSTER_CONTEXT names another. */
export const DEFAULT_CONTEXT = 'kind-relay';

/** The release that `npm run cluster` deploys. */
export const RELEASE = 'relay';
export const NAMESPACE = 'relay';

/** Selects every pod of the release. */
export const RELEASE_LABELS = `app.kubernetes.io/name=relay,app.kubernetes.io/instance=${RELEASE}`;

/** Where the monitoring stack is. */
export const MONITORING_NAMESPACE = 'monitoring';

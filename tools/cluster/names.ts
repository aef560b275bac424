export const RELEASE = 'relay';
export const NAMESPACE = 'relay';

/** Labels of everything that the release runs. */
export const RELEASE_LABELS = `app.kubernetes.io/name=relay,app.kubernetes.io/instance=${RELEASE}`;

/** Something in the way that a person can clear; the message says what it is, and needs no stack trace. */
export class ClusterError extends Error {
  override readonly name: string = 'ClusterError';
}

/**
 * An error that the operator can fix, such as an invalid setting or a port in use. The process prints its
 * message without a stack trace.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

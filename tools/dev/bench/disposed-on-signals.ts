/** A stack that is disposed on Ctrl-C too, after which the process exits with code 130. */
export function disposedOnSignals(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void stack.disposeAsync().finally(() => process.exit(130)));
  }
  return stack;
}

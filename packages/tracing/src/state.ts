// Shared by the preload and the API, which programs also use without the preload. Imports nothing, so that
// the API does not load the SDK.

let stop: (() => Promise<void>) | undefined;

/** Called by the preload when tracing has started. */
export function tracingStarted(stopTracing: () => Promise<void>): void {
  stop = stopTracing;
}

/** The function that stops tracing; undefined while it is off. */
export function tracingStop(): (() => Promise<void>) | undefined {
  return stop;
}

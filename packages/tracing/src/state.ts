// Shared by the preload, which starts tracing, and the api, which a program uses whether or not it
// runs under the preload. It imports nothing, so the api stays free of the SDK.

let stop: (() => Promise<void>) | undefined;

/** Called by the preload once spans are recorded. */
export function tracingStarted(stopTracing: () => Promise<void>): void {
  stop = stopTracing;
}

/** How to end tracing; undefined while it is off. */
export function tracingStop(): (() => Promise<void>) | undefined {
  return stop;
}

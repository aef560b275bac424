/** A wait that can be cut short. One waiter at a time. */
export interface Pause {
  /** Resolves after `ms`, or when woken. A wake since the last wait ends this one at once. */
  wait(ms: number): Promise<void>;
  wake(): void;
}

export function createPause(): Pause {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    async wait(ms) {
      if (!woken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms).unref();
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      woken = false;
      end = undefined;
    },
    wake() {
      woken = true;
      end?.();
    },
  };
}

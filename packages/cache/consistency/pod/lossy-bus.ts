import type { InvalidationBus } from '@relay/cache';

/** A bus that loses a share of the messages that this pod sends. */
export function withLoss(
  bus: InvalidationBus,
  share: number,
  random: () => number,
): InvalidationBus {
  return {
    publish(message) {
      if (random() >= share) bus.publish(message);
    },
    subscribe: (listener) => bus.subscribe(listener),
    close: () => bus.close(),
  };
}

import type { InvalidationBus } from '../api.ts';

/** Which way messages go, seen from the process that has the bus. */
export type Direction = 'sent' | 'received';

/** A bus that loses, delays and reorders messages on command. */
export interface LossyBus extends InvalidationBus {
  /** Loses messages: the next `count`, or all until `heal`. */
  lose(direction: Direction, count?: number): void;
  /** Keeps messages back until `release`. */
  hold(direction: Direction): void;
  /** Lets the messages pass that were kept back, in the order that `arrange` returns, and holds no more. */
  release(direction: Direction, arrange?: (messages: string[]) => string[]): void;
  /** Holds and loses no more. Messages still kept back are lost. */
  heal(): void;
  /** An interruption, as the bus itself reports it. */
  interrupt(): void;
}

/** The bus between processes, in place of Redis. Messages arrive at once, in order. */
export function createMemoryBus(): InvalidationBus {
  const listeners = new Set<(message: string) => void>();
  return {
    publish(message) {
      for (const listener of listeners) listener(message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => listeners.clear(),
  };
}

/** One process' access to `bus`, a real one or one in memory. */
export function createLossyBus(bus: InvalidationBus): LossyBus {
  const listeners = new Set<(message: string) => void>();
  const deliver = (message: string) => {
    for (const listener of listeners) listener(message);
  };
  const ways = {
    sent: createWay((message) => bus.publish(message)),
    received: createWay(deliver),
  };
  const unsubscribe = bus.subscribe((message) => ways.received.pass(message));
  return {
    publish: (message) => ways.sent.pass(message),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lose: (direction, count = Infinity) => ways[direction].lose(count),
    hold: (direction) => ways[direction].hold(),
    release: (direction, arrange = (messages) => messages) => ways[direction].release(arrange),
    heal() {
      ways.sent.heal();
      ways.received.heal();
    },
    interrupt: () => deliver(''),
    async close() {
      unsubscribe();
      await bus.close();
    },
  };
}

function createWay(forward: (message: string) => void) {
  let toLose = 0;
  let delayed: string[] | undefined;
  return {
    pass(message: string) {
      if (toLose > 0) toLose -= 1;
      else if (delayed) delayed.push(message);
      else forward(message);
    },
    lose(count: number) {
      toLose = count;
    },
    hold() {
      delayed ??= [];
    },
    release(arrange: (messages: string[]) => string[]) {
      const messages = delayed ?? [];
      delayed = undefined;
      for (const message of arrange(messages)) forward(message);
    },
    heal() {
      toLose = 0;
      delayed = undefined;
    },
  };
}

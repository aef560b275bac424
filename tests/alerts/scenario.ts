import type { Client } from '../cluster/support/api.ts';

/** What a scenario finds: Relay, with readers whose every read is a hit. */
export interface Stage {
  client: Client;
}

/** One alert, and a fault that makes it fire. */
export interface Scenario {
  alert: string;
  /** What is done, for the table. */
  fault: string;
  /** What else this fault makes fire, and rightly notifies of. */
  alsoFires?: readonly string[];
  /**
   * Brings the fault on, and does not wait for what it does.
   *
   * @param healing takes what heals, each part before its fault is brought on
   */
  bringOn(healing: AsyncDisposableStack, stage: Stage): Promise<void>;
}

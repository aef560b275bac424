import type { Client } from '../cluster/support/api.ts';

/** The release under test, with readers that always get hits. */
export interface Fixture {
  client: Client;
}

/** A fault that makes one alert fire. */
export interface Experiment {
  /** For the report. */
  fault: string;
  /** Other alerts that this fault is expected to fire and notify. */
  alsoFires?: readonly string[];
  /**
   * Injects the fault and returns without waiting for its effect.
   *
   * @param recovery gets each step of the recovery before the step that makes it necessary
   */
  inject(recovery: AsyncDisposableStack, fixture: Fixture): Promise<void>;
}

/** The reason why the drill does not run an alert's experiment. */
export interface NotRun {
  notRun: string;
}

/** The default export of `charts/relay/alerts/<Alert>/experiment.ts`. */
export const experiment = (given: Experiment): Experiment => given;

/** The default export for an alert that cannot be tested on a kind cluster. */
export const notRun = (reason: string): NotRun => ({ notRun: reason });

/** The reason of the alerts in the optional group: on kind, alerts of kube-prometheus-stack take their place. */
export const DISABLED_GROUP =
  'It is in the group `prometheusRule.kubernetes`, which the values of the drill leave disabled.';

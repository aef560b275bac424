import type { FaultWindow } from '@relay/cache/check';

import type { Fleet } from './fleet.ts';
import type { Consistency, Load, PodSettings } from './messages.ts';
import type { Link } from './proxy.ts';
import type { Registers } from './registers.ts';
import type { Server } from './servers.ts';

/** One fault, or none, under load. */
export interface Scenario {
  name: string;
  /** The fault, for the table. */
  title: string;
  modes: readonly Consistency[];
  isInShortForm: boolean;
  /** Pods reach Redis through links that can be cut. */
  isLinked?: boolean;
  /** `replicated`: with a replica, behind a link of its own. Default `rdb`. */
  redis?: 'rdb' | 'aof' | 'replicated' | 'cluster';
  registers?: Partial<Registers>;
  load?: Partial<Load>;
  settings?: Partial<PodSettings>;
  settingsOf?: (index: number) => Partial<PodSettings>;
  /** A bound of its own. */
  boundMs?: number;
  /** Only then is a number of loads for each expiry a promise. */
  maxLoadsPerExpiry?: number;
  /** Injects the faults while the load runs. */
  run(context: ScenarioContext): Promise<void>;
}

export interface Fault {
  name: string;
  reach: FaultWindow['reach'];
  /** Redis itself loses acknowledged commands: the one case that `strict` leaves out. */
  isFailover?: boolean;
}

/** The actions of a scenario. */
export interface ScenarioContext {
  readonly fleet: Fleet;
  readonly databaseUrl: string;
  readonly registers: Registers;
  /** The server of the pods; on a Cluster there is none. */
  readonly server: Server;
  readonly replica: Server;
  /** The connection that the replica follows its master through. */
  readonly replicaLink: Link;
  readonly clusterPorts: readonly number[];
  /** One for each pod. */
  readonly links: readonly Link[];
  readonly random: () => number;
  /** Lets the load run for this long in the short form, and longer in the full one. */
  rest(ms: number): Promise<void>;
  /** Lets the load run for exactly this long. */
  wait(ms: number): Promise<void>;
  /** Lets the load run until the requested number of racy reads or minutes is reached. */
  restUntilEnough(): Promise<void>;
  /** How many times a step is repeated: once in the short form. */
  readonly rounds: number;
  /** Marks a fault from before `during` until it has ended, which is the healing. */
  fault(fault: Fault, during: () => Promise<void>): Promise<void>;
}

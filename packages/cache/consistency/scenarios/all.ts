import type { Bug } from '../messages.ts';
import type { Scenario } from '../scenario.ts';
import { calm, expiry, flush, lostMessages, mixedVersions, wrongType } from './calm.ts';
import { slotMigration } from './cluster.ts';
import {
  cutAll,
  cutOne,
  manyPending,
  resets,
  silentOne,
  slow,
  slowCommits,
  slowOne,
} from './network.ts';
import {
  frozenPod,
  killedAfterCommit,
  killedAtEachStep,
  killedPod,
  lateCommit,
  pausedOutbox,
  stoppedAtEachStep,
  unknownOutcome,
} from './pods.ts';
import {
  demotedMaster,
  frozenRedis,
  isolatedMaster,
  laggingReplica,
  oldAof,
  oldRdb,
  restartedEmpty,
} from './redis.ts';

/** In the order in which they run: the calm one is last, and runs until the required number of racy reads is reached. */
export const SCENARIOS: readonly Scenario[] = [
  expiry,
  flush,
  mixedVersions,
  wrongType,
  lostMessages,
  killedPod,
  killedAfterCommit,
  killedAtEachStep,
  lateCommit,
  stoppedAtEachStep,
  frozenPod,
  pausedOutbox,
  unknownOutcome,
  cutOne,
  cutAll,
  silentOne,
  slow,
  slowOne,
  resets,
  manyPending,
  slowCommits,
  frozenRedis,
  restartedEmpty,
  oldRdb,
  oldAof,
  laggingReplica,
  demotedMaster,
  isolatedMaster,
  slotMigration,
  calm,
];

/** The scenario in which a mistake shows. */
export const SCENARIO_OF_BUG: Readonly<Record<Bug, Scenario>> = {
  'no-token': calm,
  'delete-before-commit': calm,
  'swallowed-error': cutOne,
  'restarting-counter': calm,
  'no-generation': oldRdb,
  'id-cursor': slowCommits,
};

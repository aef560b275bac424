import { findProgram } from '@relay/dev-servers';

import { ClusterError } from '../../../tools/cluster/errors.ts';
import { CommandError, run } from '../../../tools/cluster/exec.ts';
import { assertTools } from '../../../tools/cluster/tools.ts';
import { relay } from './cluster.ts';
import { settings } from './settings.ts';

const HOW = 'Deploy it first: npm run cluster';

/**
 * Asserts that Relay runs on the kind cluster that CLUSTER_CONTEXT names.
 *
 * @throws Error of one line, without a stack
 */
export async function assertDeployed(): Promise<void> {
  const { context, kindCluster } = settings;
  // The tests and the drill end pods and scale to zero, and call http://localhost:5000.
  if (kindCluster === undefined) {
    throw refusal(`This is for a cluster of kind, and CLUSTER_CONTEXT is ${context}.`);
  }
  try {
    await assertTools({ tools: ['kubectl', 'helm', 'docker', 'kind'], findProgram, run });
  } catch (error) {
    throw error instanceof ClusterError ? refusal(error.message) : error;
  }
  const found = await relay.helm('status', 'relay', '--output=json').catch((error: unknown) => {
    const reason = error instanceof CommandError ? error.stderr.trim() : String(error);
    throw refusal(`Relay is not deployed on ${context}: ${reason}. ${HOW}`);
  });
  const { info } = JSON.parse(found) as { info: { status: string } };
  if (info.status !== 'deployed') throw refusal(`The release relay is ${info.status}. ${HOW}`);
}

/** An error that prints as its message alone. */
function refusal(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

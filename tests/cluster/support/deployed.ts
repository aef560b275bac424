import { findProgram } from '@relay/dev-servers';

import { UserError } from '../../../tools/kit/cli.ts';
import { CommandError, run } from '../../../tools/kit/exec.ts';
import { assertPrograms } from '../../../tools/kit/programs.ts';
import { relay } from './cluster.ts';
import { settings } from './settings.ts';

const HOW = `Deploy it first: ${settings.commandPrefix}npm run cluster`;

/**
 * Asserts that Relay is deployed on the kind cluster that CLUSTER_CONTEXT names.
 *
 * @throws Error of one line, without a stack
 */
export async function assertDeployed(): Promise<void> {
  const { context, kindCluster } = settings;
  // The tests and the drill delete pods, scale to zero and call http://localhost:5000.
  if (kindCluster === undefined) {
    throw refusal(`This needs a kind cluster, and CLUSTER_CONTEXT is ${context}.`);
  }
  try {
    await assertPrograms({ programs: ['kubectl', 'helm', 'docker', 'kind'], findProgram, run });
  } catch (error) {
    throw error instanceof UserError ? refusal(error.message) : error;
  }
  const output = await relay.helm('status', 'relay', '--output=json').catch((error: unknown) => {
    const reason = error instanceof CommandError ? error.stderr.trim() : String(error);
    throw refusal(`Relay is not deployed on ${context}: ${reason}. ${HOW}`);
  });
  const { info } = JSON.parse(output) as { info: { status: string } };
  if (info.status !== 'deployed') throw refusal(`The release relay is ${info.status}. ${HOW}`);
}

/** An error that Vitest prints as its message alone. */
function refusal(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

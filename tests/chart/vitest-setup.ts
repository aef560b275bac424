import { findProgram, isCi } from '@relay/dev-servers';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The programs that the tests of the chart run; null where this machine lacks one. */
    chartTools: { helm: string; kubeconform: string } | null;
    /** The path of promtool; null if it is not installed. */
    promtool: string | null;
  }
}

/** Finds the programs once for all tests, and reports missing ones. */
export default async function setUp(project: TestProject): Promise<void> {
  // Helm 3 and 4 both install the chart: this runs the tests with another one than the PATH's.
  // oxlint-disable-next-line no-process-env
  const helm = process.env['HELM'] ?? (await findProgram('helm'));
  const kubeconform = await findProgram('kubeconform');
  const promtool = await findProgram('promtool');
  const tools = { helm, kubeconform, promtool };
  if (isCi() && missing(tools) !== '')
    throw new Error(`CI needs ${missing(tools)} on the PATH: the chart must be tested.`);
  project.provide('chartTools', helm && kubeconform ? { helm, kubeconform } : null);
  project.provide('promtool', promtool ?? null);
  const { logger } = project.vitest;
  if (!helm || !kubeconform)
    logger.warn(
      `The tests of the chart are skipped: no ${missing({ helm, kubeconform })} on the PATH.`,
    );
  else if (!promtool)
    logger.warn('The tests of the rules by promtool are skipped: no promtool on the PATH.');
}

function missing(programs: Record<string, string | undefined>): string {
  const names = Object.keys(programs).filter((name) => programs[name] === undefined);
  return names.join(' and ');
}

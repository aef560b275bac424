import { LocalServiceError, findProgram, isCi } from '@relay/local';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The programs that the tests of the chart run; null where this machine lacks one. */
    chartTools: { helm: string; kubeconform: string } | null;
  }
}

/** Finds the programs once for all tests, and says which is missing. */
export default async function setUp(project: TestProject): Promise<void> {
  // Helm 3 and 4 both install the chart: this runs the tests with another one than the PATH's.
  // oxlint-disable-next-line no-process-env
  const helm = process.env['HELM'] ?? (await findProgram('helm'));
  const kubeconform = await findProgram('kubeconform');
  if (helm !== undefined && kubeconform !== undefined) {
    project.provide('chartTools', { helm, kubeconform });
    return;
  }
  const missing = Object.entries({ helm, kubeconform }).filter(([, path]) => path === undefined);
  const names = missing.map(([name]) => name).join(' and ');
  if (isCi())
    throw new LocalServiceError(`CI needs ${names} on the PATH: the chart must be tested.`);
  project.vitest.logger.warn(`The tests of the chart are skipped: no ${names} on the PATH.`);
  project.provide('chartTools', null);
}

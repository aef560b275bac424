import { ClusterError } from './errors.ts';
import { CommandError, lastLines, type Run } from './exec.ts';

const WHERE_TO_GET = {
  docker: 'https://docs.docker.com/get-started/get-docker/',
  kind: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/#kubectl',
  helm: 'https://helm.sh/docs/intro/install/',
} as const;

export type Tool = keyof typeof WHERE_TO_GET;

const NAME_WIDTH = Math.max(...Object.keys(WHERE_TO_GET).map((name) => name.length));

interface ToolsOptions {
  tools: readonly Tool[];
  /** Where a program of the PATH is. */
  findProgram: (name: string) => Promise<string | undefined>;
  run: Run;
}

/** @throws ClusterError that names all tools that are missing, or says that Docker does not run */
export async function assertTools({ tools, findProgram, run }: ToolsOptions): Promise<void> {
  const missing: Tool[] = [];
  for (const tool of tools) {
    if (!(await findProgram(tool))) missing.push(tool);
  }
  if (missing.length > 0) throw new ClusterError(describeMissing(missing));
  if (tools.includes('docker')) await assertDockerRuns(run);
}

function describeMissing(missing: readonly Tool[]): string {
  const rows = missing.map((tool) => `  ${tool.padEnd(NAME_WIDTH)}   ${WHERE_TO_GET[tool]}`);
  return ['Not found on the PATH:', '', ...rows, '', 'Install, then try again.'].join('\n');
}

async function assertDockerRuns(run: Run): Promise<void> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new ClusterError(
      'Docker is installed, but its engine does not answer. ' +
        'Start Docker Desktop, or: sudo systemctl start docker\n\n' +
        `  ${lastLines(error.stderr, 1)}`,
      { cause: error },
    );
  }
}

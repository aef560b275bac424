import { UserError } from './cli.ts';
import { CommandError, lastLines, type Run } from './exec.ts';

const WHERE_TO_GET = {
  docker: 'https://docs.docker.com/get-started/get-docker/',
  kind: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/#kubectl',
  helm: 'https://helm.sh/docs/intro/install/',
} as const;

/** A program that a command needs on the PATH. */
export type Program = keyof typeof WHERE_TO_GET;

const NAME_WIDTH = Math.max(...Object.keys(WHERE_TO_GET).map((name) => name.length));

interface ProgramsOptions {
  programs: readonly Program[];
  /** The file of a program of the PATH. */
  findProgram: (name: string) => Promise<string | undefined>;
  run: Run;
}

/** @throws UserError that names all missing programs, or reports that Docker's engine does not answer */
export async function assertPrograms({
  programs,
  findProgram,
  run,
}: ProgramsOptions): Promise<void> {
  const missing: Program[] = [];
  for (const program of programs) {
    if (!(await findProgram(program))) missing.push(program);
  }
  if (missing.length > 0) throw new UserError(describeMissing(missing));
  if (programs.includes('docker')) await assertDockerRuns(run);
}

function describeMissing(missing: readonly Program[]): string {
  const rows = missing.map((name) => `  ${name.padEnd(NAME_WIDTH)}   ${WHERE_TO_GET[name]}`);
  return ['Not found on the PATH:', '', ...rows, '', 'Install, then try again.'].join('\n');
}

async function assertDockerRuns(run: Run): Promise<void> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      'Docker is installed, but its engine does not answer. ' +
        'Start Docker Desktop, or: sudo systemctl start docker\n\n' +
        `  ${lastLines(error.stderr, 1)}`,
      { cause: error },
    );
  }
}

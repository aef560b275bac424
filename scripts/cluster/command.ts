import { execa, ExecaError } from 'execa';

import { ClusterError } from './errors.ts';

interface CommandOptions {
  /** Told each line of what the command says on stderr, as it comes. */
  onLine?: (line: string) => void;
  environment?: Record<string, string>;
}

/**
 * Runs a program and answers what it wrote to stdout.
 *
 * @throws CommandError
 */
export type Run = (program: string, args: string[], options?: CommandOptions) => Promise<string>;

const SHOWN_LINES = 25;

/** A command failed; the message has the command and the end of what it said. */
export class CommandError extends ClusterError {
  override readonly name = 'CommandError';
  readonly stderr: string;

  constructor(command: string, how: string, stderr: string) {
    const said = lastLines(stderr, SHOWN_LINES);
    super(`${command}\n${how}${said ? `:\n\n${said}` : '.'}`);
    this.stderr = stderr;
  }
}

export const run: Run = async (program, args, { onLine, environment = {} } = {}) => {
  try {
    const { stdout } = await execa(program, args, {
      stdin: 'ignore',
      stderr: onLine ? passing(onLine) : 'pipe',
      env: environment,
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = typeof error.stderr === 'string' ? error.stderr : '';
    throw new CommandError(error.escapedCommand, howItEnded(error), said);
  }
};

function passing(onLine: (line: string) => void) {
  return function* pass(line: unknown) {
    onLine(String(line));
    yield line;
  };
}

/** What of a text an error shows: its last lines, where programs say what went wrong. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n').trim();
}

function howItEnded({ exitCode, code, signal }: ExecaError): string {
  if (exitCode !== undefined) return `failed with exit code ${exitCode}`;
  if (code === 'ENOENT') return 'failed: there is no such program';
  return `failed: ${signal ?? code ?? 'for a reason that it did not tell'}`;
}

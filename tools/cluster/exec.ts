import { execa, ExecaError } from 'execa';

import { ClusterError } from './errors.ts';

interface ExecOptions {
  /** Called with each line of stderr, as it comes. */
  onLine?: (line: string) => void;
  /** Added to the environment of this process. */
  environment?: Record<string, string>;
  /** Written to stdin; without it stdin is empty. */
  input?: string;
  cwd?: string;
  /** The program is ended after this time. */
  timeoutMs?: number;
}

/**
 * Runs a program and resolves with its stdout, without the last line break.
 *
 * @throws CommandError
 */
export type Run = (program: string, args: string[], options?: ExecOptions) => Promise<string>;

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

export const run: Run = async (program, args, options = {}) => {
  const { onLine, environment = {}, input, cwd, timeoutMs } = options;
  try {
    const { stdout } = await execa(program, args, {
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      stderr: onLine ? passing(onLine) : 'pipe',
      env: environment,
      ...(cwd !== undefined && { cwd }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
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

function howItEnded({ exitCode, code, signal, timedOut }: ExecaError): string {
  if (timedOut) return 'failed: it took too long';
  if (exitCode !== undefined) return `failed with exit code ${exitCode}`;
  if (code === 'ENOENT') return 'failed: there is no such program';
  return `failed: ${signal ?? code ?? 'for an unknown reason'}`;
}

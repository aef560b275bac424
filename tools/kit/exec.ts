import { execa, ExecaError } from 'execa';

import { UserError } from './cli.ts';

interface ExecOptions {
  /** Gets each line of stdout and stderr as it is written. */
  onLine?: (line: string) => void;
  /** Added to the environment of this process. */
  environment?: Record<string, string>;
  /** Written to stdin, which is empty without it. */
  input?: string;
  cwd?: string;
  /** Kills the program after this time. */
  timeoutMs?: number;
  /** Kills the program. */
  signal?: AbortSignal;
}

/**
 * Runs a program and resolves with its stdout, without the last line break.
 *
 * @throws CommandError
 */
export type Run = (program: string, args: string[], options?: ExecOptions) => Promise<string>;

const SHOWN_LINES = 25;

/** A program failed. The message has its command line and the end of its stdout and of its stderr. */
export class CommandError extends UserError {
  override readonly name = 'CommandError';
  readonly stderr: string;

  constructor(command: string, failure: string, stderr: string, stdout = '') {
    const ends = [stdout, stderr].map((text) => lastLines(text, SHOWN_LINES));
    const shown = ends.filter(Boolean).join('\n');
    super(`${command}\n${failure}${shown ? `:\n\n${shown}` : '.'}`);
    this.stderr = stderr;
  }
}

export const run: Run = async (program, args, options = {}) => {
  const { onLine, environment = {}, input, cwd, timeoutMs, signal } = options;
  const output = onLine ? passLines(onLine) : 'pipe';
  try {
    const { stdout } = await execa(program, args, {
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      stdout: output,
      stderr: output,
      env: environment,
      ...(cwd !== undefined && { cwd }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      ...(signal && { cancelSignal: signal }),
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const [stdout, stderr] = [textOf(error.stdout), textOf(error.stderr)];
    throw new CommandError(error.escapedCommand, describeFailure(error), stderr, stdout);
  }
};

const textOf = (output: unknown) => (typeof output === 'string' ? output : '');

function passLines(onLine: (line: string) => void) {
  return function* pass(line: unknown) {
    onLine(String(line));
    yield line;
  };
}

/** The last lines of a program's output, where its error is. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n').trim();
}

function describeFailure({ exitCode, code, signal, timedOut }: ExecaError): string {
  if (timedOut) return 'failed: it took too long';
  if (exitCode !== undefined) return `failed with exit code ${exitCode}`;
  if (code === 'ENOENT') return 'failed: there is no such program';
  return `failed: ${signal ?? code ?? 'for an unknown reason'}`;
}

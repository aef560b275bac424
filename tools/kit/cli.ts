import { endWithParent } from './parent.ts';

/** A command cannot be done. The message names the cause and the remedy, and is printed without a stack. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitCode: number = 1;
}

/** Arguments that cannot be used. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
  /** As of most programs. */
  override readonly exitCode = 2;
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** The module of a command that does the work: loaded only when there is work to do. */
export interface CommandModule<Options> {
  /** @returns the exit code; 0 without one */
  run(options: Options, environment: NodeJS.ProcessEnv): Promise<number | void>;
  /** Errors of packages that are printed without a stack, as a UserError and an OperatorError are. */
  expectedErrors?: readonly ErrorClass[];
  /** Printed before the message of an error. */
  lead?: string;
}

interface Command<Options> {
  /** The answer to --help and -h. */
  usage: string;
  /** @throws UsageError */
  parse: (args: string[]) => Options;
  load: () => Promise<CommandModule<Options>>;
}

/**
 * Runs a command of `package.json`. Its program is loaded after the arguments are parsed, so --help and a
 * mistyped flag are answered at once.
 */
export async function runCommand<Options>(
  { usage, parse, load }: Command<Options>,
  args = process.argv.slice(2),
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return;
  }
  let loaded: CommandModule<Options> | undefined;
  try {
    const options = parse(args);
    endWithParent();
    loaded = await load();
    process.exitCode = (await loaded.run(options, process.env)) ?? process.exitCode ?? 0;
  } catch (error) {
    const lead = loaded?.lead ?? '';
    if (error instanceof UserError) {
      process.stderr.write(`${lead}${error.message}\n`);
      process.exit(error.exitCode);
    }
    const { exitWith } = await import('@relay/service-kit/process/exit');
    exitWith(error, loaded?.expectedErrors, { lead });
  }
}

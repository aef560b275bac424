import { endWithParent } from './parent.ts';
import { UsageError } from './usage.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** The part of a command that does the work: loaded only when there is work to do. */
export interface Program<Options> {
  /** @returns the exit code; 0 without one */
  run(options: Options): Promise<number | void>;
  /** Errors whose message alone says what to do: shown without a stack. */
  expectedErrors?: readonly ErrorClass[];
  /** The words before the message of an error. */
  lead?: string;
}

interface Command<Options> {
  /** The answer to --help. */
  usage: string;
  /** @throws UsageError for what cannot be done; returns `help` when that was asked for */
  parse: (args: string[]) => Options | 'help' | Promise<Options | 'help'>;
  load: () => Promise<Program<Options>>;
}

/** The exit code after arguments that cannot be used, as of most programs. */
const USAGE_EXIT_CODE = 2;

/**
 * Runs a command of `package.json`: parses what was typed, and only then loads what it needs, so
 * that --help and a typing error are answered at once.
 */
export async function runCommand<Options>({ usage, parse, load }: Command<Options>): Promise<void> {
  let program: Program<Options> | undefined;
  try {
    const options = await parse(process.argv.slice(2));
    if (options === 'help') {
      console.log(usage);
      return;
    }
    endWithParent();
    program = await load();
    process.exitCode = (await program.run(options)) ?? process.exitCode ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = USAGE_EXIT_CODE;
      return;
    }
    const { exitWith } = await import('@relay/service-kit/process/exit');
    exitWith(error, program?.expectedErrors ?? [], { lead: program?.lead ?? '' });
  }
}

import { HELP, parseOptions, type Options } from './options.ts';

/** The usual exit code for invalid arguments. */
const USAGE_EXIT_CODE = 2;

function readOptions(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${reason}\nFor usage: --help\n`);
    return undefined;
  }
}

const options = readOptions();
if (options === undefined) {
  process.exitCode = USAGE_EXIT_CODE;
} else if (options.help) {
  process.stdout.write(HELP);
} else {
  // Loaded only when there is something to check: --help is answered at once.
  const { check } = await import('./command.ts');
  process.exitCode = await check(options);
}

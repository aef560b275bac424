import { readFlags, UsageError } from '../../tools/kit/usage.ts';

export const USAGE = `Makes each alert of Relay fire and resolve, on the kind cluster of "npm run cluster".

  npm run drill -- [options]

  --only <alerts>   these alone, with commas between
  --list            says what there is, and does nothing
  --out <file>      where the table goes as well
  --help

While it runs the release has the values of tests/alerts/values.yaml on top of its own, and Alertmanager
one more receiver. Both get back what they had, also after Ctrl-C. About 20 minutes; exit code 1 when an
alert did not do what it should.`;

export interface DrillOptions {
  list: boolean;
  /** The alerts that are meant; undefined: all. */
  only: string[] | undefined;
  out: string | undefined;
}

/**
 * @returns `help` when that was asked for
 * @throws UsageError
 */
export function parseOptions(args: string[]): DrillOptions | 'help' {
  const values = readFlags(args, {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  const only = values.only?.split(',').map((name) => name.trim());
  return { list: values.list, only, out: values.out };
}

/**
 * @param known the alerts that have a scenario
 * @throws UsageError that names the first that has none
 */
export function assertKnown({ only }: DrillOptions, known: readonly string[]): void {
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--only: there is no scenario for "${unknown}"\nWhat there is: --list`);
}

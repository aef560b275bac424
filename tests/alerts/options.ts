import { UsageError } from '../../tools/kit/cli.ts';
import { readFlags } from '../../tools/kit/flags.ts';

export const USAGE = `Makes each alert of Relay fire and resolve, on the kind cluster of "npm run cluster".

  npm run drill -- [options]

  --only <alerts>   only these, separated by commas
  --list            lists the experiments and exits
  --out <file>      writes the table to a file too
  --help

While it runs, the release has the values of tests/alerts/values.yaml on top of its own, and Alertmanager
has one more receiver. Both are restored at the end, after Ctrl-C too. Takes about 30 minutes; exit code 1
when an alert did not fire, notify or resolve as expected.`;

export interface DrillOptions {
  list: boolean;
  /** Undefined: all alerts. */
  only: string[] | undefined;
  out: string | undefined;
}

/** @throws UsageError */
export function parseOptions(args: string[]): DrillOptions {
  const values = readFlags(args, {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    out: { type: 'string' },
  });
  const only = values.only?.split(',').map((name) => name.trim());
  return { list: values.list, only, out: values.out };
}

/**
 * @param known the alerts with an experiment
 * @throws UsageError that names the first alert without one
 */
export function assertKnown({ only }: DrillOptions, known: readonly string[]): void {
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--only: no experiment for "${unknown}"\nAll experiments: --list`);
}

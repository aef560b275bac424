import { runCommand } from '../../kit/cli.ts';
import { readFlags } from '../../kit/flags.ts';

const USAGE = `Makes the schemas that kubeconform holds the chart's manifests against.

  npm run chart:schemas -- [options]

  --from <folder>  take the sources from a folder, instead of GitHub
  --help

The versions and the kinds are in tools/chart/schemas/sources.ts.`;

const parse = (args: string[]) => readFlags(args, { from: { type: 'string' } });

await runCommand({ usage: USAGE, parse, load: () => import('./write.ts') });

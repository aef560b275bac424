import { runCommand } from '../../kit/command.ts';
import { readFlags } from '../../kit/usage.ts';

const USAGE = `Makes the schemas that kubeconform holds the chart's manifests against.

  npm run chart:schemas -- [options]

  --from <folder>  take the sources from a folder, instead of GitHub
  --help

The versions and the kinds are in tools/chart/schemas/sources.ts.`;

const parse = (args: string[]) => {
  const { help, from } = readFlags(args, {
    from: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  return help ? 'help' : { from };
};

await runCommand({ usage: USAGE, parse, load: () => import('./write.ts') });

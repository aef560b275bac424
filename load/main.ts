import { runCommand } from '../tools/kit/command.ts';
import { parseOptions, USAGE } from './runner/options.ts';

await runCommand({
  usage: USAGE,
  parse(args) {
    const options = parseOptions(args);
    return options === 'help' ? options : { ...options, environment: process.env };
  },
  load: () => import('./load.ts'),
});

import { runCommand } from '../tools/kit/cli.ts';
import { parseOptions, USAGE } from './runner/options.ts';

await runCommand({ usage: USAGE, parse: parseOptions, load: () => import('./load.ts') });

import { runCommand } from '../../tools/kit/cli.ts';
import { parseOptions, USAGE } from './options.ts';

await runCommand({ usage: USAGE, parse: parseOptions, load: () => import('./drill.ts') });

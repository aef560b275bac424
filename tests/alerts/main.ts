import { runCommand } from '../../tools/kit/command.ts';
import { parseOptions, USAGE } from './options.ts';

await runCommand({ usage: USAGE, parse: parseOptions, load: () => import('./drill.ts') });

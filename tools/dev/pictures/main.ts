import { runCommand } from '../../kit/command.ts';
import { parseOptions, USAGE } from './options.ts';

await runCommand({ usage: USAGE, parse: parseOptions, load: () => import('./draw.ts') });

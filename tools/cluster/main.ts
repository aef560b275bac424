import { runCommand } from '../kit/cli.ts';
import { parseCommand, USAGE } from './options.ts';

await runCommand({ usage: USAGE, parse: parseCommand, load: () => import('./cluster.ts') });

import { runCommand } from '../command.ts';
import { noOptions } from '../usage.ts';
import { USAGE } from './help.ts';

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./start.ts') });

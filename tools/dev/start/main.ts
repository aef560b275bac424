import { runCommand } from '../../kit/cli.ts';
import { noOptions } from '../../kit/flags.ts';
import { USAGE } from './help.ts';

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./start.ts') });

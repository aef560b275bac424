import { runCommand } from '../../kit/command.ts';
import { noOptions } from '../../kit/usage.ts';
import { USAGE } from './help.ts';

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./demo.ts') });

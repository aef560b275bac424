import { runCommand } from '../../kit/cli.ts';
import { parseOptions, USAGE } from './options.ts';

await runCommand({ usage: USAGE, parse: parseOptions, load: () => import('./redis.ts') });

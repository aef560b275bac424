import { runCommand } from '../../kit/command.ts';
import { noOptions } from '../../kit/usage.ts';

const USAGE = `Writes charts/relay/README.md: template.md beside this command, and every value of values.yaml.

  npm run chart:docs`;

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./write.ts') });

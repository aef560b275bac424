import { runCommand } from '../kit/cli.ts';
import { readWords } from '../kit/flags.ts';

const USAGE = `Checks the prose of documents, comments and messages against the rules of plain words.

  npm run prose                 every hit in the repository
  npm run prose -- <path>...    every hit in these files and folders

It fails if there is a hit.`;

await runCommand({ usage: USAGE, parse: readWords, load: () => import('./check.ts') });

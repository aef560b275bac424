/**
 * A preload that writes the URLs of all modules that `main.ts` loads, itself first, to stderr at the
 * end, as one line of JSON.
 */
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';

const urls: string[] = [];

registerHooks({
  load(url, context, nextLoad) {
    // Modules before it belong to other preloads.
    if (urls.length > 0 || url.endsWith('/main.ts')) urls.push(url);
    return nextLoad(url, context);
  },
});

process.on('exit', () => writeSync(2, `${JSON.stringify(urls)}\n`));

import { readSettings } from '../../../tools/cluster/options.ts';

/** Those of `npm run cluster`. */
export const settings = readSettings(process.env);

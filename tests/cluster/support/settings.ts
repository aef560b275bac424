import { readSettings } from '../../../tools/cluster/options.ts';

/** The settings of `npm run cluster`. */
export const settings = readSettings(process.env);

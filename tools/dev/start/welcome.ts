import { commandPrefix } from './folder.ts';

interface WelcomeOptions {
  apiUrl: string;
  adminUrl: string;
  database: { described: string };
  store: { described: string; redis: { own: boolean } | undefined };
  dir: string;
}

/** What a person sees once everything runs: what is used, where it is, what to try. */
export function welcome({ apiUrl, adminUrl, database, store, dir }: WelcomeOptions): string {
  // Acts on this Relay, and on no other, in a terminal that knows nothing of it.
  const npmRun = `${commandPrefix(dir)}npm run`;
  return [
    '',
    `Relay is ready.`,
    '',
    `  API       ${apiUrl}`,
    `  Admin     ${adminUrl}/health  /metrics`,
    `  Postgres  ${database.described}`,
    `  Cache     ${store.described}`,
    `  Data      ${dir}`,
    '',
    'Try next, in another terminal:',
    '',
    `  ${npmRun} demo`,
    `  ${npmRun} seed -- --posts 100000`,
    `  curl ${apiUrl}/health`,
    `  curl -s ${adminUrl}/metrics | grep -E '^cache_(hits|misses)'`,
    ...(store.redis ? [`  ${npmRun} redis -- get posts:all`] : []),
    ...(store.redis?.own ? [`  ${npmRun} redis -- stop`] : []),
    '',
    'Ctrl-C ends everything.',
    '',
  ].join('\n');
}

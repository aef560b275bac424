import { npmCommand } from './folder.ts';

interface WelcomeOptions {
  apiUrl: string;
  adminUrl: string;
  database: { described: string };
  store: { described: string; redis: { own: boolean } | undefined };
  dir: string;
}

/** The text of a started Relay: its servers, its URLs, and commands to try. */
export function welcome({ apiUrl, adminUrl, database, store, dir }: WelcomeOptions): string {
  const npmRun = npmCommand(dir, 'run');
  return [
    '',
    `Relay is ready.`,
    '',
    `  Page      ${apiUrl}/`,
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

interface WelcomeOptions {
  apiUrl: string;
  adminUrl: string;
  database: { described: string };
  store: { described: string; url: string | undefined };
  dir: string;
}

/** What a person sees once everything runs: what is used, where it is, what to try. */
export function welcome({ apiUrl, adminUrl, database, store, dir }: WelcomeOptions): string {
  const baseUrl = apiUrl === 'http://localhost:5000' ? '' : `BASE_URL=${apiUrl} `;
  const redisCli = store.url && [`  redis-cli -u ${store.url} get posts:all`];
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
    `  ${baseUrl}npm run demo`,
    '  npm run seed -- --posts 100000',
    `  curl ${apiUrl}/health`,
    `  curl -s ${adminUrl}/metrics | grep -E '^cache_(hits|misses)'`,
    ...(redisCli || []),
    '',
    'Ctrl-C ends everything.',
    '',
  ].join('\n');
}

interface WelcomeOptions {
  port: number;
  adminPort: number;
  database: { described: string };
  store: { described: string; url: string | undefined };
  dir: string;
}

/** What a person sees once everything runs: what is used, where it is, what to try. */
export function welcome({ port, adminPort, database, store, dir }: WelcomeOptions): string {
  const api = `http://localhost:${port}`;
  const baseUrl = port === 5000 ? '' : `BASE_URL=${api} `;
  const redisCli = store.url && [`  redis-cli -u ${store.url} get posts:all`];
  return [
    '',
    `Relay is ready.`,
    '',
    `  API       ${api}`,
    `  Admin     http://localhost:${adminPort}/health  /metrics`,
    `  Postgres  ${database.described}`,
    `  Cache     ${store.described}`,
    `  Data      ${dir}`,
    '',
    'Try next, in another terminal:',
    '',
    `  ${baseUrl}npm run demo`,
    `  curl ${api}/health`,
    `  curl -s http://localhost:${adminPort}/metrics | grep ^cache_`,
    ...(redisCli || []),
    '',
    'Ctrl-C ends everything.',
    '',
  ].join('\n');
}

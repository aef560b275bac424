import { describe, expect, it } from 'vitest';

import { render } from './helm.ts';
import { environmentOf, ofKind, workloads } from './manifests.ts';

async function postgres(values: object = {}) {
  const manifests = await render({ values });
  const { pod } = workloads(manifests).find(({ component }) => component === 'postgres')!;
  const [container] = pod.containers;
  return { pod, container: container!, settings: settingsOf(container!.args!) };
}

/** The argument of each `-c`; of two, the server takes the later one. */
function settingsOf(args: readonly string[]): Record<string, string> {
  const settings = args.filter((_, index) => args[index - 1] === '-c');
  return Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/s, 2)));
}

async function statementsOfFirstStart(): Promise<string[]> {
  const scripts = ofKind(await render(), 'ConfigMap').flatMap(
    ({ data }) => data?.['roles.sh'] ?? [],
  );
  const [, sql] = /<<'SQL'\n(.*)^SQL$/ms.exec(scripts[0]!)!;
  return sql!
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('\\'))
    .map((line) => line.replace(/;$/, ''));
}

describe('the bundled Postgres', () => {
  it('creates roles with the permissions they need, and no more', async () => {
    const statements = await statementsOfFirstStart();
    const ofRoles = statements.filter((line) => /\b(?:role|owner|grant)\b/.test(line));
    expect(ofRoles).toEqual([
      "create role relay_owner login createrole password :'owner_password'",
      'alter database relay owner to relay_owner',
      "create role exporter login password :'exporter_password' connection limit 5",
      'grant pg_monitor to exporter',
    ]);
  });

  it('creates all objects of its first start, or none', async () => {
    const statements = await statementsOfFirstStart();
    expect([statements[0], statements.at(-1)]).toEqual(['begin', 'commit']);
  });

  it('requires a password of every client outside of its pod', async () => {
    const { container } = await postgres();
    const flags = environmentOf(container)['POSTGRES_INITDB_ARGS']?.split(' ');
    expect(flags).toEqual(['--auth-local=peer', '--auth-host=scram-sha-256']);
  });

  it('shows the password of no role in its statistics or its log', async () => {
    const { settings } = await postgres();
    expect(settings).toMatchObject({
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track_utility': 'off',
      log_min_error_statement: 'panic',
    });
  });

  it('has time to write a checkpoint before it is killed', async () => {
    const { pod } = await postgres();
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  });

  it('takes any text for a setting, as it is', async () => {
    const given = {
      log_line_prefix: '%m: #"[%p]" ',
      search_path: '"$user", public',
      work_mem: 8192,
      effective_cache_size: 1_000_000,
      random_page_cost: 1.25,
      idle_session_timeout: -1,
    };
    const { settings } = await postgres({ postgres: { settings: given } });
    expect(settings).toMatchObject({
      ...given,
      work_mem: '8192',
      effective_cache_size: '1000000',
      random_page_cost: '1.25',
      idle_session_timeout: '-1',
    });
  });
});

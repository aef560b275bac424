import type { Knex } from 'knex';

/**
 * Explains all raw statements of `work` instead of executing them, and returns the plans. Sequential scans are
 * disabled if an index is usable, since Postgres would prefer them for small tables.
 */
export async function planOf(db: Knex, work: (explaining: Knex) => Promise<unknown>) {
  const lines: string[] = [];
  await db.transaction(async (trx) => {
    await trx.raw('set local enable_seqscan = off');
    const raw = (sql: string, values: Knex.ValueDict) => ({
      options: async () => {
        const { rows } = await trx.raw<{ rows: { 'QUERY PLAN': string }[] }>(
          `explain ${sql}`,
          values,
        );
        lines.push(...rows.map((row) => row['QUERY PLAN']));
        return { rows: [], rowCount: 0 };
      },
    });
    await work({ raw } as unknown as Knex);
  });
  return lines.join('\n');
}

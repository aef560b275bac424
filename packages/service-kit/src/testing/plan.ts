import type { Knex } from 'knex';

/**
 * The plans of all raw statements that `work` sends, which are explained instead of executed. A small
 * table is read faster without its index, so no plan reads a whole table where an index will do.
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

/** Runs one statement, with a `?` for each binding. Knex does, and so does a Knex transaction. */
export interface SqlRunner {
  raw(sql: string, bindings: readonly (string | number)[]): PromiseLike<{ rows: unknown[] }>;
}

/** A pool of connections with transactions that run statements too; a Knex instance is one. */
export interface SqlDatabase<Tx extends SqlRunner> extends SqlRunner {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

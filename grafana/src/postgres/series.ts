import { of, sumRate } from '../queries.ts';

export const exporter = of('postgres-exporter');

/** The databases of users: without the templates and `postgres`. */
export const database = of('postgres-exporter', 'datname!~"template.*|postgres"');

/** Blocks a second that were in shared_buffers. */
export const blocksHit = sumRate('pg_stat_database_blks_hit', database);

/** Blocks a second that were read from the kernel or the disk. */
export const blocksRead = sumRate('pg_stat_database_blks_read', database);

export const maxConnections = `max(pg_settings_max_connections${exporter})`;

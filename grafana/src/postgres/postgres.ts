import { dashboard } from '../dashboard.ts';
import { activity } from './activity.ts';
import { now } from './now.ts';
import { statements } from './statements.ts';
import { storage } from './storage.ts';

export const postgres = dashboard({
  uid: 'relay-postgres',
  title: 'Postgres',
  description: 'Postgres, through its exporter, and statements as the services measure them.',
  rows: [now, statements, activity, storage],
});

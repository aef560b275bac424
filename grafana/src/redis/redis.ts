import { dashboard } from '../dashboard.ts';
import { clients } from './clients.ts';
import { commands } from './commands.ts';
import { memoryAndKeys } from './memory-and-keys.ts';
import { now } from './now.ts';
import { persistence } from './persistence.ts';

export const redis = dashboard({
  uid: 'relay-redis',
  title: 'Redis',
  description: 'Redis, through its exporter.',
  rows: [now, memoryAndKeys, commands, clients, persistence],
});

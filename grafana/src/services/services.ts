import { dashboard } from '../dashboard.ts';
import { accounts } from './accounts.ts';
import { node } from './node.ts';
import { page } from './page.ts';
import { pods } from './pods.ts';
import { pools } from './pools.ts';
import { requests } from './requests.ts';

export const services = dashboard({
  uid: 'relay-services',
  title: 'Relay services',
  description:
    'Requests, errors and durations of the services, and the resources of their processes.',
  byService: true,
  rows: [requests, pods, node, pools, accounts, page],
});

import { experiment } from '../../../../tests/alerts/experiment.ts';
import { revokeWalListing } from '../../../../tests/alerts/faults/grants.ts';

export default experiment({
  fault: 'the exporter of Postgres may not list the write-ahead log',
  inject: revokeWalListing,
});

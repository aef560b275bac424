import { experiment } from '../../../../tests/alerts/experiment.ts';
import { revokeMonitoring } from '../../../../tests/alerts/faults/grants.ts';

export default experiment({
  fault: "the exporter of Postgres is denied the write-ahead log's statistics",
  inject: revokeMonitoring,
});

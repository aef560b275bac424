import { experiment } from '../../../../tests/alerts/experiment.ts';
import { scaleToZero } from '../../../../tests/alerts/faults/scale.ts';

export default experiment({
  fault: 'the exporter of Postgres has no pod',
  inject: (recovery) => scaleToZero('deployment/relay-postgres-exporter', recovery),
});

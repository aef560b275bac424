import { experiment } from '../../../../tests/alerts/experiment.ts';
import { scaleToZero } from '../../../../tests/alerts/faults/scale.ts';

export default experiment({
  fault: 'the auth service has no pod',
  inject: (recovery) => scaleToZero('deployment/relay-auth', recovery),
});

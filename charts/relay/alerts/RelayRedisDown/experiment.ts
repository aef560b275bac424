import { experiment } from '../../../../tests/alerts/experiment.ts';
import { scaleToZero } from '../../../../tests/alerts/faults/scale.ts';

export default experiment({
  fault: 'Redis has no pod',
  inject: (recovery) => scaleToZero('statefulset/relay-redis', recovery),
});

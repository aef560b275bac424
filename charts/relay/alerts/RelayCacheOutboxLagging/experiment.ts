import { experiment } from '../../../../tests/alerts/experiment.ts';
import { revokeOutboxUpdate } from '../../../../tests/alerts/faults/grants.ts';

export default experiment({
  fault: 'the post service may insert outbox rows, but not claim or mark them',
  inject: revokeOutboxUpdate,
});

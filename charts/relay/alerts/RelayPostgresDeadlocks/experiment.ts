import { experiment } from '../../../../tests/alerts/experiment.ts';
import { deadlock } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: 'two transactions take the same two locks in opposite order',
  inject: deadlock,
});

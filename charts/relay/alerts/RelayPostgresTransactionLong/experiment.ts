import { experiment } from '../../../../tests/alerts/experiment.ts';
import { holdTransactions } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: 'a transaction stays open',
  inject: (recovery) => holdTransactions(1, recovery),
});

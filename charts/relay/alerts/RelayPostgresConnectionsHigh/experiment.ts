import { experiment } from '../../../../tests/alerts/experiment.ts';
import { holdTransactions } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: '50 more sessions than usual, of 60 that are allowed',
  // Each session holds a transaction.
  alsoFires: ['RelayPostgresTransactionLong'],
  inject: (recovery) => holdTransactions(50, recovery),
});

import { notPlayed } from '../../../../tests/alerts/experiment.ts';

export default notPlayed(
  'Not every node counts the processes that its kernel kills for lack of memory.',
);

import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun(
  'Not every node counts the processes that its kernel kills for lack of memory.',
);

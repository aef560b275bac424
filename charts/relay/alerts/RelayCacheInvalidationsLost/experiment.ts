import { notPlayed } from '../../../../tests/alerts/experiment.ts';

export default notPlayed(
  'It needs a change outside of `mutate`, in a store whose outbox outlives each pod; the post service makes none.',
);

import { notPlayed } from '../../../../tests/alerts/experiment.ts';

export default notPlayed(
  'It needs an invalidation outside of `mutate`; the post service makes none.',
);

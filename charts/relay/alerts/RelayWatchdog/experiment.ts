import { notPlayed } from '../../../../tests/alerts/experiment.ts';

export default notPlayed(
  'It always fires: no experiment starts before the webhook has received it.',
);

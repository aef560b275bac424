import { notPlayed } from '../../../../tests/alerts/experiment.ts';

export default notPlayed('It needs a billion transactions.');

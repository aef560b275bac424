import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun('It always fires: no experiment starts before the webhook has received it.');

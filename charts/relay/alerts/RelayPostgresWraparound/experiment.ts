import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun('It needs a billion transactions.');

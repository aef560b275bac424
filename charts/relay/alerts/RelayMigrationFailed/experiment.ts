import { DISABLED_GROUP, notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun(DISABLED_GROUP);

import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun('It needs 8,000 clients: no user of the bundled Redis may lower maxclients.');

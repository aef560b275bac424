import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun('It needs an invalidation outside of `mutate`; the post service makes none.');

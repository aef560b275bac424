import { notRun } from '../../../../tests/alerts/experiment.ts';

export default notRun(
  'It needs kube-state-metrics or the kubelet’s volume metrics, which `npm run cluster` does not install.',
);

import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad, uncachedRead } from '../../../../tests/alerts/faults/load.ts';
import { scaleToZero } from '../../../../tests/alerts/faults/scale.ts';

export default experiment({
  fault: 'Postgres has no pod',
  async inject(recovery, { client }) {
    sendLoad(recovery, 2, uncachedRead(client));
    await scaleToZero('statefulset/relay-postgres', recovery);
  },
});

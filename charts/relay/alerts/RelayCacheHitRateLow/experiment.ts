import { randomUUID } from 'node:crypto';

import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad } from '../../../../tests/alerts/faults/load.ts';

export default experiment({
  fault: 'the post lists of 40 users are read each second, each for the first time',
  async inject(recovery, { client }) {
    sendLoad(recovery, 40, () => client.send('GET', `/api/posts?user=${randomUUID()}`));
  },
});

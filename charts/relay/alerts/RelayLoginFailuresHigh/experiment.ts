import { experiment } from '../../../../tests/alerts/experiment.ts';
import { failedLogin, sendLoad } from '../../../../tests/alerts/faults/load.ts';

export default experiment({
  fault: 'five logins a second with a wrong password',
  async inject(recovery, { client }) {
    sendLoad(recovery, 5, failedLogin(client));
  },
});

import { experiment } from '../../../../tests/alerts/experiment.ts';
import { denyLogin } from '../../../../tests/alerts/faults/grants.ts';
import { failedLogin, sendLoad } from '../../../../tests/alerts/faults/load.ts';

export default experiment({
  fault: 'Postgres denies the auth service new connections',
  async inject(recovery, { client }) {
    await denyLogin('auth', recovery);
    sendLoad(recovery, 1, failedLogin(client));
  },
});

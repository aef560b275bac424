import { experiment } from '../../../../tests/alerts/experiment.ts';
import { reuseRefreshTokens } from '../../../../tests/alerts/faults/refresh-tokens.ts';

/** More than the threshold. */
const TOKENS = 8;

export default experiment({
  fault: `${TOKENS} refresh tokens are used a second time`,
  inject: (_recovery, { client }) => reuseRefreshTokens(client, TOKENS),
});

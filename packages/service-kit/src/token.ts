/**
 * How an access token is signed and whom it is for. The auth service issues it so, and whoever
 * verifies one accepts nothing else.
 */
export const ACCESS_TOKEN = {
  algorithm: 'ES256',
  issuer: 'relay-auth',
  audience: 'relay',
} as const;

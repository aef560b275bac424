export { readAuthConfig, type AuthConfig } from './config.ts';
export { authSchema } from './schema.ts';
export { createAuthService } from './service.ts';
export { ensureSigningKeys } from './signing-keys.ts';

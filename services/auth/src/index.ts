export { readAuthConfig, type AuthConfig } from './config.ts';
export { authSchema } from './migrations.ts';
export { createAuthService } from './service.ts';
export { ensureSigningKeys } from './signing-keys.ts';
